// SPDX-License-Identifier: BSL-1.0
// Which programs are refused.
#include "target.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include "elf_file.hpp"
#include "output.hpp"

namespace cli {
namespace {

constexpr const char* loader_of_glibc = "ld-linux-x86-64.so.2";
constexpr int scripts_at_most = 4;  // as the kernel

[[noreturn]] void refuse(const std::string& path, const char* why) {
  throw target_refused(command_cannot_run, fmt::format("{} {}", shown(path), why));
}

bool is_program(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::string find_program(const std::string& word) {
  if (word.find('/') != std::string::npos) {
    if (::access(word.c_str(), F_OK) != 0)
      throw target_refused(command_not_found, fmt::format("there is no {}", shown(word)));
    if (!is_program(word)) refuse(word, "is no program that may be run");
    return word;
  }
  const char* const places = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): one thread
  std::istringstream each(places == nullptr ? "/bin:/usr/bin" : places);
  for (std::string place; std::getline(each, place, ':');) {
    const std::string path = (place.empty() ? "." : place) + "/" + word;
    if (is_program(path)) return path;
  }
  throw target_refused(command_not_found, fmt::format("there is no program {}", shown(word)));
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path, "cannot be read, so nobody knows whether the library could be loaded");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void refuse_own_rights(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_ISUID | S_ISGID)) != 0)
    refuse(path, "runs with rights of its own (setuid): the loader would ignore the library");
  if (::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0)
    refuse(path, "has capabilities: the loader would ignore the library");
}

void refuse_unsuitable_elf(const std::string& path, const elf_file& file) {
  if (!file.is_elf()) refuse(path, "is neither an ELF file nor a script");
  if (!file.is_of_this_machine()) refuse(path, "is no program for x86-64 with 64 bits");
  if (file.is_of_go()) refuse(path, "is written in Go, whose locks do not use the pthread calls");
  const std::string loader = file.interpreter();
  if (loader.empty()) refuse(path, "is statically linked: no library can be loaded into it");
  if (!loader.ends_with(loader_of_glibc)) refuse(path, "uses another C library than glibc");
  for (const char* sanitizer : {"__asan_init", "__tsan_init", "__msan_init", "__hwasan_init"})
    if (file.names(sanitizer))
      refuse(path, "was built with a sanitizer, which has calls of its own in their place");
}

// "#!/usr/bin/env -S name argument" and the like.
std::string interpreter_of_script(const std::string& script) {
  std::istringstream line(script.substr(2, script.find('\n') - 2));
  std::string program;
  line >> program;
  if (!program.ends_with("/env")) return program;
  for (std::string word; line >> word;)
    if (word.front() != '-' && word.find('=') == std::string::npos) return word;
  return program;
}

}  // namespace

void refuse_unsuitable(const std::string& word) {
  std::string path = find_program(word);
  for (int i = 0; i < scripts_at_most; ++i) {
    std::string content = content_of(path);
    if (!content.starts_with("#!")) {
      refuse_own_rights(path);
      return refuse_unsuitable_elf(path, elf_file(std::move(content)));
    }
    path = find_program(interpreter_of_script(content));
  }
  refuse(path, "is a script of a script of a script");
}

}  // namespace cli
