// SPDX-License-Identifier: BSL-1.0
// What an executable file says of itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The bytes of an ELF file of 64 bits and this machine; whatever it says is checked against its size.
class elf_file {
 public:
  explicit elf_file(std::string bytes) : bytes_(std::move(bytes)) {}

  bool is_elf() const noexcept { return bytes_.starts_with("\177ELF"); }
  bool is_of_this_machine() const noexcept;

  // The loader that it asks for; empty if it is statically linked.
  std::string interpreter() const;
  bool is_of_go() const;
  // Whether its table of dynamic strings has this one, as a symbol or a library.
  bool names(std::string_view string) const;

 private:
  template <class T>
  bool read(std::size_t at, T& to) const noexcept;
  std::string_view part(unsigned type) const noexcept;

  std::string bytes_;
};

}  // namespace cli
