// SPDX-License-Identifier: BSL-1.0
// Reads the directory and the headers in it, and opens nothing for writing.
#include "holdfast/process/listing.hpp"

#include <algorithm>
#include <cstring>

#include "process/file_calls.hpp"
#include "process/header.hpp"
#include "process/since.hpp"

namespace holdfast::process {
namespace {

using namespace detail;

// A field of the header that owners change meanwhile: one of 8 bytes is read whole.
template <class T>
T field(const std::byte* bytes, std::size_t place) noexcept {
  T value;
  std::memcpy(&value, bytes + place, sizeof value);
  return value;
}

owner_record record(const std::byte* bytes, std::size_t place, std::uint64_t token) noexcept {
  auto who = field<owner_record>(bytes, place);
  who.token = token;
  return who;
}

segment_view view_of(const std::byte* bytes) {
  segment_view view;
  const auto fixed = field<fixed_header>(bytes, 0);
  view.engine = engine_name(fixed.engine);
  view.type_name = readable(fixed.type_name.data(), fixed.type_name.size());
  view.data_size = fixed.payload_size;
  const auto mark = [&](std::size_t place) {
    return field<std::uint64_t>(bytes, offsetof(header, mark) + place);
  };
  view.token = mark(offsetof(marks, epoch));
  if (const std::uint64_t dirty = mark(offsetof(marks, dirty))) {
    view.owner = record(bytes, offsetof(header, owner), dirty);
    if (view.owner->since == 0 && mark(offsetof(marks, since)) != 0)
      view.owner->since = civil_time_of(mark(offsetof(marks, since)),
                                        field<tick_origin>(bytes, offsetof(header, origin)));
  }
  if (const std::uint64_t poisoned = mark(offsetof(marks, poisoned)))
    view.culprit = record(bytes, offsetof(header, culprit), poisoned);
  return view;
}

std::optional<listed_lock> listed(const std::string& directory, std::string_view file) {
  for (const file_kind kind : {file_kind::segment, file_kind::lock_file}) {
    const std::string_view suffix = suffix_of(kind);
    if (!file.ends_with(suffix) || file.size() == suffix.size() || file.front() == '.') continue;
    return listed_lock{std::string(file.substr(0, file.size() - suffix.size())), kind,
                       directory + "/" + std::string(file)};
  }
  return std::nullopt;
}

}  // namespace

std::vector<listed_lock> list_locks(std::string_view directory) {
  const std::string place = directory.empty() ? user_directory() : std::string(directory);
  std::vector<listed_lock> all;
  for (const std::string& file : names_in(place))
    if (auto lock = listed(place, file)) all.push_back(std::move(*lock));
  std::sort(all.begin(), all.end(), [](const listed_lock& a, const listed_lock& b) {
    return a.name != b.name ? a.name < b.name : a.kind < b.kind;
  });
  return all;
}

std::optional<segment_view> look_at_segment(std::string_view name, std::string_view directory) {
  const std::string path = path_of(name, file_kind::segment, directory);
  alignas(header) std::byte bytes[header_size];
  const auto read = read_header(name, path, bytes);
  if (!read) return std::nullopt;
  const auto wrong = examine(bytes, read->length, read->file_size);
  if (wrong) throw_error(wrong->why, name, path, wrong->what, wrong->remedy);
  segment_view view = view_of(bytes);
  view.path = path;
  return view;
}

}  // namespace holdfast::process
