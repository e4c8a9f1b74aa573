// SPDX-License-Identifier: BSL-1.0
// What the fuzzer and the unit test feed to the check of headers, and what must be true of its verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "process/header.hpp"

namespace holdfast::test {

inline process::detail::expectation fuzzed_expectation(process::file_kind kind) {
  process::detail::expectation wanted;
  wanted.kind = kind;
  wanted.engine = kind == process::file_kind::segment ? process::detail::engine_id::shared_memory
                                                      : process::detail::engine_id::none;
  wanted.payload_size = 24;
  wanted.payload_align = 8;
  wanted.type_hash = process::detail::hash_of("account");
  wanted.type_name = "account";
  return wanted;
}

// The first byte says how the rest is to be taken: bit 0, with the beginning of a true header (magic,
// order of bytes, version); bit 1, with the checksum of what it says; bit 2, as a lock file; bit 3,
// the size of the file is the one the header names. Aborts if the verdict is wrong.
inline void fuzz_header(const std::uint8_t* data, std::size_t size) {
  using namespace process::detail;
  if (size == 0) return;
  const std::uint8_t how = data[0];
  ++data, --size;
  // A block of just that size, so that a read behind it is found.
  const std::unique_ptr<std::byte[]> bytes(new std::byte[size]);
  if (size != 0) std::memcpy(bytes.get(), data, size);
  const auto kind = (how & 4U) != 0 ? process::file_kind::lock_file : process::file_kind::segment;
  const expectation wanted = fuzzed_expectation(kind);
  if ((how & 1U) != 0) {
    const fixed_header made = make_fixed_header(wanted);
    const std::size_t same = offsetof(fixed_header, size);
    std::memcpy(bytes.get(), &made, size < same ? size : same);
  }
  if ((how & 2U) != 0 && size >= sizeof(fixed_header)) {
    const std::uint64_t sum =
        hash_of({reinterpret_cast<const char*>(bytes.get()), offsetof(fixed_header, checksum)});
    std::memcpy(bytes.get() + offsetof(fixed_header, checksum), &sum, sizeof sum);
  }
  std::uint64_t file_size = size;
  if ((how & 8U) != 0 && size >= sizeof(fixed_header))
    std::memcpy(&file_size, bytes.get() + offsetof(fixed_header, file_size), sizeof file_size);

  const auto listed = examine(bytes.get(), size, file_size);
  const auto opened = examine(bytes.get(), size, file_size, wanted);
  if (opened && (opened->what.empty() || opened->what.find('\n') != std::string::npos))
    std::abort();
  if (!opened && listed) std::abort();  // what is good for who opens it is good for who lists it
  if (!opened) {
    // Accepted: then the data lie in the file.
    if (size < header_size || file_size < file_size_for(wanted)) std::abort();
  }
}

}  // namespace holdfast::test
