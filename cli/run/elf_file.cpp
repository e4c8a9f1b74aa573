// SPDX-License-Identifier: BSL-1.0
// Reading an executable file.
#include "elf_file.hpp"

#include <elf.h>

#include <cstring>
#include <string>

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

template <class Look>
bool elf_file::any_part(Look look) const noexcept {
  Elf64_Ehdr header{};
  if (!read(0, header)) return false;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr each{};
    if (!read(header.e_phoff + i * sizeof each, each)) return false;
    if (look(each)) return true;
  }
  return false;
}

std::string_view elf_file::at(std::uint64_t offset, std::uint64_t size) const noexcept {
  return offset <= bytes_.size() ? bytes_.substr(offset, size) : std::string_view{};
}

// The first part of the program of this type.
std::string_view elf_file::part(unsigned type) const noexcept {
  std::string_view found;
  any_part([&](const Elf64_Phdr& each) {
    if (each.p_type != type) return false;
    found = at(each.p_offset, each.p_filesz);
    return true;
  });
  return found;
}

std::string_view elf_file::interpreter() const noexcept {
  const std::string_view path = part(PT_INTERP);
  return path.substr(0, path.find('\0'));
}

// The tools of Go mark their programs in the data, as what its own `go version` looks for.
bool elf_file::is_of_go() const noexcept {
  using namespace std::string_view_literals;
  return any_part([this](const Elf64_Phdr& each) {
    return each.p_type == PT_LOAD && (each.p_flags & PF_W) != 0 &&
           at(each.p_offset, each.p_filesz).find("\xff Go buildinf:"sv) != std::string_view::npos;
  });
}

// It stands at an address, which lies in one of the parts that are loaded.
std::string_view elf_file::dynamic_strings() const noexcept {
  const std::string_view table = part(PT_DYNAMIC);
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i + sizeof(Elf64_Dyn) <= table.size(); i += sizeof(Elf64_Dyn)) {
    Elf64_Dyn each{};
    std::memcpy(&each, table.data() + i, sizeof each);
    if (each.d_tag == DT_NULL) break;
    if (each.d_tag == DT_STRTAB) address = each.d_un.d_ptr;
    if (each.d_tag == DT_STRSZ) size = each.d_un.d_val;
  }
  std::string_view found;
  any_part([&](const Elf64_Phdr& each) {
    if (each.p_type != PT_LOAD || address < each.p_vaddr || address - each.p_vaddr >= each.p_filesz)
      return false;
    found = at(each.p_offset + (address - each.p_vaddr), size);
    return true;
  });
  return found;
}

bool elf_file::names(std::string_view string) const {
  const std::string with_ends = '\0' + std::string(string) + '\0';
  return dynamic_strings().find(with_ends) != std::string_view::npos;
}

}  // namespace cli
