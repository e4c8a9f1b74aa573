// SPDX-License-Identifier: BSL-1.0
// Every byte of a header is believed only when it has been checked.
#include "process/header.hpp"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/seed.hpp"

namespace {

using namespace holdfast;
using namespace process::detail;
using process::cause;

expectation an_account() {
  expectation wanted;
  wanted.engine = engine_id::shared_memory;
  wanted.payload_size = 24;
  wanted.payload_align = 8;
  wanted.type_hash = hash_of("account");
  wanted.type_name = "account";
  return wanted;
}

// A header of the expectation; changes to it are sealed again as its maker would have.
struct bytes_of_header {
  fixed_header fixed = make_fixed_header(an_account());

  std::optional<objection> judged() const {
    std::vector<std::byte> bytes(header_size);
    std::memcpy(bytes.data(), &fixed, sizeof fixed);
    return examine(bytes.data(), bytes.size(), file_size_for(an_account()), an_account());
  }
  void seal() {
    fixed.checksum =
        hash_of({reinterpret_cast<const char*>(&fixed), offsetof(fixed_header, checksum)});
  }
};

template <class Change>
std::string cause_after(Change change) {
  bytes_of_header made;
  change(made.fixed);
  made.seal();
  const auto wrong = made.judged();
  return wrong ? name_of(wrong->why) : "accepted";
}

TEST(header, that_was_just_made_is_accepted) {
  EXPECT_FALSE(bytes_of_header().judged().has_value());
}

TEST(header, each_contradiction_has_its_own_cause) {
  EXPECT_EQ(cause_after([](fixed_header& h) { h.magic[0] = 'x'; }), "foreign");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.byte_order = 0x04030201; }), "corrupted");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.version = 0; }), "too old");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.version = layout_version + 1; }), "too new");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.size = 512; }), "corrupted");
  EXPECT_EQ(cause_after([](fixed_header& h) { ++h.file_size; }), "corrupted");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.payload_align = 3; }), "corrupted");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.payload_copies = 7; }), "corrupted");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.payload_size = ~std::uint64_t{0}; }), "corrupted");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.word_size = 4; }), "wrong libc");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.libc = {'m', 'u', 's', 'l'}; }), "wrong libc");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.lock_size = 200; }), "wrong libc");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.boot.bytes[3] ^= 1; }), "other boot");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.kind = 2; }), "wrong kind");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.engine = 3; }), "wrong kind");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.payload_size = 16; }), "wrong size");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.payload_align = 4; }), "wrong size");
  EXPECT_EQ(cause_after([](fixed_header& h) { h.type_hash ^= 1; }), "wrong type");
}

TEST(header, damage_that_is_not_sealed_is_seen_in_any_bit) {
  for (std::size_t bit = 0; bit < 8 * sizeof(fixed_header); ++bit) {
    bytes_of_header made;
    auto* const bytes = reinterpret_cast<unsigned char*>(&made.fixed);
    bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ (1U << bit % 8));
    EXPECT_TRUE(made.judged().has_value()) << "bit " << bit;
  }
}

TEST(header, that_is_cut_off_anywhere_is_refused) {
  const fixed_header fixed = make_fixed_header(an_account());
  for (std::size_t length = 0; length < header_size; ++length) {
    std::vector<std::byte> bytes(length);  // so that a read behind it is found
    if (length != 0)
      std::memcpy(bytes.data(), &fixed, length < sizeof fixed ? length : sizeof fixed);
    EXPECT_TRUE(examine(bytes.data(), length, length, an_account()).has_value()) << length;
  }
}

TEST(header, the_remedy_and_both_types_are_told) {
  bytes_of_header made;
  made.fixed.type_name = {'o', 'r', 'd', 'e', 'r'};
  made.fixed.type_hash ^= 1;
  made.seal();
  const auto wrong = made.judged();
  ASSERT_TRUE(wrong.has_value());
  EXPECT_EQ(wrong->what, "holds a order, not a account");
  EXPECT_FALSE(wrong->remedy.empty());
}

}  // namespace
