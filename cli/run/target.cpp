// SPDX-License-Identifier: BSL-1.0
// Which programs are refused.
#include "target.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string_view>

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
  // An empty place, also the last, is the current folder.
  std::istringstream each(std::string(places == nullptr ? "/bin:/usr/bin" : places) + ':');
  for (std::string place; std::getline(each, place, ':');) {
    const std::string path = (place.empty() ? "." : place) + "/" + word;
    if (is_program(path)) return path;
  }
  throw target_refused(command_not_found, fmt::format("there is no program {}", shown(word)));
}

// Seen as it lies on the disk: of a large program most is never read.
class content {
 public:
  explicit content(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about{};
    const bool opened = file >= 0 && ::fstat(file, &about) == 0;
    size_ = opened ? static_cast<std::size_t>(about.st_size) : 0;
    if (size_ != 0) bytes_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    if (file >= 0) ::close(file);
    if (!opened || bytes_ == MAP_FAILED)
      refuse(path, "cannot be read, so nobody knows whether the library could be loaded");
  }
  ~content() {
    if (size_ != 0) ::munmap(bytes_, size_);
  }
  content(const content&) = delete;
  content& operator=(const content&) = delete;

  std::string_view bytes() const noexcept { return {static_cast<const char*>(bytes_), size_}; }

 private:
  void* bytes_ = nullptr;
  std::size_t size_ = 0;
};

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
  const std::string_view loader = file.interpreter();
  if (loader.empty()) refuse(path, "is statically linked: no library can be loaded into it");
  if (!loader.ends_with(loader_of_glibc)) refuse(path, "uses another C library than glibc");
  for (const char* sanitizer : {"__asan_init", "__tsan_init", "__msan_init", "__hwasan_init"})
    if (file.names(sanitizer))
      refuse(path, "was built with a sanitizer, which has calls of its own in their place");
}

struct interpreter {
  std::string program;
  bool by_env;
};

// "#!/usr/bin/env -S name argument" and the like.
interpreter interpreter_of_script(std::string_view script) {
  std::istringstream line(std::string(script.substr(2, script.find('\n') - 2)));
  std::string program;
  line >> program;
  if (!program.ends_with("/env")) return {program, false};
  for (std::string word; line >> word;)
    if (word == "-u" || word == "-C")
      line >> word;  // its argument
    else if (word.front() != '-' && word.find('=') == std::string::npos)
      return {word, true};
  return {program, false};
}

}  // namespace

unsigned refuse_unsuitable(const std::string& word) {
  unsigned envs_before = 0;
  std::string path = find_program(word);
  for (int i = 0; i < scripts_at_most; ++i) {
    const content file(path);
    if (!file.bytes().starts_with("#!")) {
      refuse_own_rights(path);
      refuse_unsuitable_elf(path, elf_file(file.bytes()));
      return envs_before;
    }
    const interpreter next = interpreter_of_script(file.bytes());
    if (next.by_env) ++envs_before;
    path = find_program(next.program);
  }
  refuse(path, "is a script of a script of a script");
}

}  // namespace cli
