// SPDX-License-Identifier: BSL-1.0
// What an executable file says of itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cli {

// The bytes of an ELF file of 64 bits and this machine, which somebody else keeps; whatever it says is
// checked against its size. Of a large file hardly more is read than what is asked for.
class elf_file {
 public:
  explicit elf_file(std::string_view bytes) noexcept : bytes_(bytes) {}

  bool is_elf() const noexcept { return bytes_.starts_with("\177ELF"); }
  bool is_of_this_machine() const noexcept;

  // The loader that it asks for; empty if it is statically linked.
  std::string_view interpreter() const noexcept;
  bool is_of_go() const noexcept;
  // Whether its table of dynamic strings has this one, as a symbol or a library.
  bool names(std::string_view string) const;

 private:
  template <class T>
  bool read(std::size_t at, T& to) const noexcept;
  // Calls `look(header)` with each part of the program, until it returns true; whether it did.
  template <class Look>
  bool any_part(Look look) const noexcept;
  std::string_view at(std::uint64_t offset, std::uint64_t size) const noexcept;
  std::string_view part(unsigned type) const noexcept;
  std::string_view dynamic_strings() const noexcept;

  std::string_view bytes_;
};

}  // namespace cli
