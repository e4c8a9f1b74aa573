// SPDX-License-Identifier: BSL-1.0
// Reading an executable file.
#include "elf_file.hpp"

#include <elf.h>

#include <cstring>

namespace cli {

template <class T>
bool elf_file::read(std::size_t at, T& to) const noexcept {
  if (at > bytes_.size() || bytes_.size() - at < sizeof to) return false;
  std::memcpy(&to, bytes_.data() + at, sizeof to);
  return true;
}

bool elf_file::is_of_this_machine() const noexcept {
  Elf64_Ehdr header{};
  return is_elf() && read(0, header) && header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_machine == EM_X86_64;
}

// The first part of the program of this type.
std::string_view elf_file::part(unsigned type) const noexcept {
  Elf64_Ehdr header{};
  if (!read(0, header)) return {};
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr each{};
    if (!read(header.e_phoff + i * sizeof each, each)) return {};
    if (each.p_type == type && each.p_offset <= bytes_.size())
      return std::string_view(bytes_).substr(each.p_offset, each.p_filesz);
  }
  return {};
}

std::string elf_file::interpreter() const {
  const std::string_view path = part(PT_INTERP);
  return std::string(path.substr(0, path.find('\0')));
}

bool elf_file::is_of_go() const {
  using namespace std::string_view_literals;
  return bytes_.find("\xff Go buildinf:"sv) != std::string::npos;
}

bool elf_file::names(std::string_view string) const {
  const std::string with_ends = '\0' + std::string(string) + '\0';
  return bytes_.find(with_ends) != std::string::npos;
}

}  // namespace cli
