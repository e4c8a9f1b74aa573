// SPDX-License-Identifier: BSL-1.0
// The target of libFuzzer for the check of headers. header_fuzz_test.sh builds and runs it.
#include "support/header_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  holdfast::test::fuzz_header(data, size);
  return 0;
}
