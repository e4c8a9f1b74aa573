// SPDX-License-Identifier: BSL-1.0
// The check of a header: from what it is, over who made it, to what is in it.
#include "process/header.hpp"

#if !defined(_WIN32)
#include <pthread.h>
#endif

#include <cstdlib>
#include <cstring>

namespace holdfast::process::detail {
namespace {

// The last bytes catch a file that was handled as text, as those of PNG do.
constexpr std::array<char, 8> magic = {'h', 'o', 'l', 'd', 'f', '\r', '\n', '\x1A'};
constexpr std::uint32_t byte_order = 0x01020304;

#if defined(_WIN32)
constexpr std::string_view this_libc = "windows";
constexpr std::size_t lock_size = 0;  // a mutex of the system, which lies in no file
#elif defined(__GLIBC__)
constexpr std::string_view this_libc = "glibc";
#else
constexpr std::string_view this_libc = "musl";  // the other one of Linux; it names itself nowhere
#endif
#if !defined(_WIN32)
constexpr std::size_t lock_size = sizeof(pthread_mutex_t);
#endif

std::uint64_t checksum_of(const fixed_header& header) noexcept {
  return hash_of({reinterpret_cast<const char*>(&header), offsetof(fixed_header, checksum)});
}

std::string number(std::uint64_t value) { return std::to_string(value); }

template <std::size_t N>
std::string text_of(const std::array<char, N>& field) {
  return readable(field.data(), N);
}

const char* kind_name(std::uint32_t kind) noexcept {
  return kind == static_cast<std::uint32_t>(file_kind::segment)     ? "data with their lock"
         : kind == static_cast<std::uint32_t>(file_kind::lock_file) ? "the lock of a command"
                                                                    : "something unknown";
}

constexpr const char* remove_it = "If nobody uses it any more, remove the file";
constexpr const char* same_type = "All programs must open it with the same type and options";

// Whether it is a header at all, whole, and of a layout that is known.
std::optional<objection> examine_form(const fixed_header& found, std::uint64_t file_size) {
  if (found.magic != magic)
    return objection{cause::foreign, "is not a file of holdfast", "Choose another name"};
  if (found.byte_order != byte_order)
    return objection{cause::corrupted, "was made on a machine with another byte order", remove_it};
  if (found.version < oldest_layout)
    return objection{cause::too_old,
                     "has layout " + number(found.version) + ", which is no longer read (from " +
                         number(oldest_layout) + " on)",
                     remove_it};
  if (found.version > layout_version)
    return objection{cause::too_new,
                     "has layout " + number(found.version) + "; this library knows up to " +
                         number(layout_version),
                     "Build all programs with the newer library"};
  if (found.checksum != checksum_of(found))
    return objection{cause::corrupted, "has a damaged header", remove_it};
  if (found.size != header_size || found.file_size < header_size || found.file_size > largest_file)
    return objection{cause::corrupted, "has a header that contradicts itself", remove_it};
  if (found.file_size != file_size)
    return objection{cause::corrupted,
                     "has " + number(file_size) + " bytes instead of " + number(found.file_size),
                     remove_it};
  return std::nullopt;
}

// Whether its numbers agree with each other: the sum of the parts is the whole.
std::optional<objection> examine_sizes(const fixed_header& found) {
  const bool sound = found.payload_size <= largest_file && found.payload_align != 0 &&
                     found.payload_align <= largest_file &&
                     (found.payload_align & (found.payload_align - 1)) == 0 &&
                     (found.payload_copies == 1 || found.payload_copies == 2);
  if (sound) {
    expectation same;
    same.payload_size = found.payload_size;
    same.payload_align = found.payload_align;
    same.payload_copies = found.payload_copies;
    if (file_size_for(same) <= found.file_size) return std::nullopt;
  }
  return objection{cause::corrupted, "has a header that contradicts itself", remove_it};
}

std::optional<objection> examine_boot(const fixed_header& found, bool of_this_boot) {
  if (of_this_boot && !(found.boot == this_process().boot))
    return objection{cause::other_boot, "is left over from before a restart of the machine",
                     remove_it};
  return std::nullopt;
}

// Whether it was made by a program that agrees with this one about locks.
std::optional<objection> examine_maker(const fixed_header& found, bool has_lock,
                                       bool of_this_boot) {
  if (found.word_size != sizeof(void*))
    return objection{cause::wrong_libc,
                     "was made by a " + number(std::uint64_t{found.word_size} * 8) +
                         "-bit program, and this one has " + number(sizeof(void*) * 8) + " bits",
                     "Share it among programs of one word size"};
  if (!has_lock) return examine_boot(found, of_this_boot);
  if (text_of(found.libc) != this_libc || found.lock_size != lock_size)
    return objection{cause::wrong_libc,
                     "was made by a program of " + text_of(found.libc) + " with locks of " +
                         number(found.lock_size) + " bytes; this one has " +
                         std::string(this_libc) + " and " + number(lock_size),
                     "Share it among programs of one libc, or choose the engine `file`"};
  return examine_boot(found, of_this_boot);
}

std::optional<objection> examine_content(const fixed_header& found, const expectation& wanted) {
  if (found.kind != static_cast<std::uint32_t>(wanted.kind))
    return objection{cause::wrong_kind,
                     std::string("is ") + kind_name(found.kind) + ", not " +
                         kind_name(static_cast<std::uint32_t>(wanted.kind)),
                     "Choose another name"};
  if (found.engine != static_cast<std::uint32_t>(wanted.engine))
    return objection{cause::wrong_kind,
                     std::string("has the engine ") + engine_name(found.engine) + ", not " +
                         engine_name(static_cast<std::uint32_t>(wanted.engine)),
                     same_type};
  if (found.payload_size != wanted.payload_size || found.payload_align != wanted.payload_align)
    return objection{cause::wrong_size,
                     "holds data of " + number(found.payload_size) + " bytes aligned to " +
                         number(found.payload_align) + " (" + text_of(found.type_name) +
                         "), not of " + number(wanted.payload_size) + " aligned to " +
                         number(wanted.payload_align) + " (" + std::string(wanted.type_name) + ")",
                     same_type};
  if (found.payload_copies != wanted.payload_copies)
    return objection{cause::wrong_kind,
                     found.payload_copies == 2 ? "keeps its data twice" : "keeps its data once",
                     same_type};
  if (found.type_hash != wanted.type_hash)
    return objection{
        cause::wrong_type,
        "holds a " + text_of(found.type_name) + ", not a " + std::string(wanted.type_name),
        same_type};
  return std::nullopt;
}

}  // namespace

const char* engine_name(std::uint32_t engine) noexcept {
  constexpr const char* names[] = {"none", "shared_memory",     "kernel",
                                   "file", "of a shared_mutex", "of a semaphore or condition"};
  return engine < std::size(names) ? names[engine] : "unknown";
}

std::uint64_t file_size_for(const expectation& wanted) noexcept {
  return payload_offset(wanted.payload_align) +
         wanted.payload_copies * payload_stride(wanted.payload_size, wanted.payload_align);
}

expectation expectation_in(const fixed_header& found) noexcept {
  expectation same;
  same.kind = static_cast<file_kind>(found.kind);
  same.engine = static_cast<engine_id>(found.engine);
  same.payload_size = found.payload_size;
  same.payload_align = found.payload_align;
  same.payload_copies = found.payload_copies;
  same.type_hash = found.type_hash;
  same.type_name = {found.type_name.data(),
                    ::strnlen(found.type_name.data(), found.type_name.size())};
  same.of_this_boot = same.engine != engine_id::file;
  return same;
}

fixed_header make_fixed_header(const expectation& wanted) {
  const identity& me = this_process();
  fixed_header made;
  made.magic = magic;
  made.byte_order = byte_order;
  made.version = layout_version;
  made.size = header_size;
  made.kind = static_cast<std::uint32_t>(wanted.kind);
  made.engine = static_cast<std::uint32_t>(wanted.engine);
  made.word_size = sizeof(void*);
  made.lock_size = lock_size;
  made.creator_uid = me.uid;
  made.file_size = file_size_for(wanted);
  made.payload_size = wanted.payload_size;
  made.payload_align = wanted.payload_align;
  made.payload_copies = wanted.payload_copies;
  made.type_hash = wanted.type_hash;
  made.created = civil_now();
  made.boot = me.boot;
  copy_text(made.libc.data(), made.libc.size(), this_libc);
  copy_text(made.type_name.data(), made.type_name.size(), wanted.type_name);
  made.checksum = checksum_of(made);
  return made;
}

namespace {

// Also what a file of a lock has to be when nothing is known about its data.
std::optional<objection> examine_common(const void* bytes, std::size_t length,
                                        std::uint64_t file_size, fixed_header& found) {
  if (length >= magic.size() && std::memcmp(bytes, magic.data(), magic.size()) != 0)
    return objection{cause::foreign, "is not a file of holdfast", "Choose another name"};
  if (length < sizeof found || length < header_size)
    return objection{file_size == 0 ? cause::foreign : cause::corrupted,
                     "has " + number(file_size) + " bytes, less than a header", remove_it};
  std::memcpy(&found, bytes, sizeof found);
  if (auto form = examine_form(found, file_size)) return form;
  return examine_sizes(found);
}

}  // namespace

std::optional<objection> examine(const void* bytes, std::size_t length, std::uint64_t file_size) {
  fixed_header found;
  return examine_common(bytes, length, file_size, found);
}

std::optional<objection> examine(const void* bytes, std::size_t length, std::uint64_t file_size,
                                 const expectation& wanted) {
  fixed_header found;
  if (auto common = examine_common(bytes, length, file_size, found)) return common;
  const bool has_lock = has_robust_locks(wanted.engine);
  if (auto maker = examine_maker(found, has_lock, wanted.of_this_boot)) return maker;
  return examine_content(found, wanted);
}

}  // namespace holdfast::process::detail
