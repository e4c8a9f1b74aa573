// SPDX-License-Identifier: BSL-1.0
// Opening a segment on Windows. Whoever has a file open keeps others from removing or renaming it, so
// that a name leads to the same file for all.
#if defined(_WIN32)

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>

#include "process/file_calls.hpp"
#include "process/publication.hpp"
#include "process/segment.hpp"
#include "process/windows_calls.hpp"

namespace holdfast::process::detail {
namespace {

// Somebody who removes files may come in between: then it is missing again after it was there.
constexpr int attempts = 1000;

// Another opener may be just about to remove what is left over: so often it is waited for.
constexpr int attempts_at_busy = 100;
constexpr DWORD pause_at_busy_ms = 10;

bool is_busy(int refused, int attempt) noexcept {
  if (refused != EBUSY || attempt >= attempts_at_busy) return false;
  ::Sleep(pause_at_busy_ms);
  return true;
}

file_handle open_existing(const segment_request& wanted, const std::string& path, int attempt) {
  const auto open = [&] {
    return file_handle(number_of(::CreateFileW(
        wide(path).c_str(), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
        nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr)));
  };
  file_handle file = open();
  if (file) return file;
  int refused = last_errno();
  while (is_busy(refused, attempt++)) {
    file = open();
    if (file) return file;
    refused = last_errno();
  }
  if (refused == ENOENT) return file;
  throw_os_error(refused, wanted.name, path, "cannot be opened");
}

file_facts facts_of(const segment_request& wanted, const std::string& path, int file) {
  BY_HANDLE_FILE_INFORMATION found{};
  constexpr DWORD none_of_ours = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
  if (::GetFileType(handle_of(file)) != FILE_TYPE_DISK ||
      ::GetFileInformationByHandle(handle_of(file), &found) == 0 ||
      (found.dwFileAttributes & none_of_ours) != 0)
    throw_error(cause::foreign, wanted.name, path, "is not a regular file", "Choose another name");
  return {found.dwVolumeSerialNumber,
          std::uint64_t{found.nFileIndexHigh} << 32U | found.nFileIndexLow,
          std::uint64_t{found.nFileSizeHigh} << 32U | found.nFileSizeLow};
}

struct first_bytes {
  alignas(header) std::byte bytes[header_size];
  std::size_t length;

  first_bytes(const segment_request& wanted, const std::string& path, int file, std::uint64_t size)
      : length(static_cast<std::size_t>(size < sizeof bytes ? size : sizeof bytes)) {
    if (const int refused = read_at(file, bytes, length, 0))
      throw_os_error(refused, wanted.name, path, "cannot be read");
  }
};

std::optional<objection> objection_to(const segment_request& wanted, const std::string& path,
                                      int file, std::uint64_t size) {
  const first_bytes first(wanted, path, file, size);
  return examine(first.bytes, first.length, size, wanted.wanted);
}

// Where nobody has chosen the directory, it is as that of Linux is, whose memory a restart empties. A
// file that somebody has open is not removed.
bool removed_as_left_over(const segment_request& wanted, const std::string& path, cause why,
                          int attempt) {
  return why == cause::other_boot && wanted.directory.empty() &&
         (::DeleteFileW(wide(path).c_str()) != 0 || is_busy(last_errno(), attempt));
}

// Which users may open it is what the file inherits from its directory.
void check_request(const segment_request& wanted, const std::string& path) {
  constexpr unsigned of_others = 077;
  if ((wanted.permissions & of_others) != 0)
    throw_error(cause::unsupported, wanted.name, path, "cannot be given permissions on Windows",
                "Say who may use the directory, and name it in the options");
  if (wide(path).empty())
    throw_error(cause::bad_name, wanted.name, path, "has a name or directory that is not UTF-8",
                "Choose another name");
}

}  // namespace

// Never destroyed: threads may use their locks until the very end of the process.
struct segment_registry {
  std::mutex access;
  segment* first = nullptr;  // under `access`

  static segment_registry& get() {
    static segment_registry* const registry = new segment_registry;
    return *registry;
  }

  // The file is checked. Mapping it is what can still fail.
  segment& add(const segment_request& wanted, std::string path, file_handle file,
               const file_facts& found) {
    const std::lock_guard<std::mutex> hold(access);
    for (segment* s = first; s != nullptr; s = s->next_)
      if (s->device_ == found.device && s->inode_ == found.inode) return *s;
    std::unique_ptr<segment> made(new segment);
    const expectation& data = wanted.wanted;
    made->size_ = found.size;
    made->offset_ = payload_offset(data.payload_align);
    made->stride_ = payload_stride(data.payload_size, data.payload_align);
    made->payload_size_ = data.payload_size;
    made->device_ = found.device;
    made->inode_ = found.inode;
    made->name_ = wanted.name;
    made->path_ = std::move(path);
    if (wanted.mapped) {
      std::byte* const place = map(file.number());
      if (place == nullptr)
        throw_os_error(last_errno(), made->name_, made->path_, "cannot be mapped");
      made->head_ = std::launder(reinterpret_cast<header*>(place));
      made->payload_ = place + made->offset_;
    }
    made->file_ = file.release();  // also where the mapping is enough: it cannot be removed then
    made->next_ = first;
    first = made.get();
    return *made.release();
  }

  static std::byte* map(int file) noexcept {
    const HANDLE mapping =
        ::CreateFileMappingW(handle_of(file), nullptr, PAGE_READWRITE, 0, 0, nullptr);
    if (mapping == nullptr) return nullptr;
    void* const place = ::MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    const DWORD refused = ::GetLastError();
    ::CloseHandle(mapping);  // the view keeps it
    ::SetLastError(refused);
    return static_cast<std::byte*>(place);
  }
};

file_handle open_file(const segment_request& wanted, const std::string& path, file_facts& found) {
  check_request(wanted, path);
  bool was_made = false;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    file_handle file;
    if (wanted.how != opening::exclusive || was_made) file = open_existing(wanted, path, attempt);
    if (file) {
      found = facts_of(wanted, path, file.number());
      const auto wrong = objection_to(wanted, path, file.number(), found.size);
      if (!wrong) return file;
      file = file_handle();
      if (removed_as_left_over(wanted, path, wrong->why, attempt)) continue;
      throw_error(wrong->why, wanted.name, path, wrong->what, wrong->remedy);
    }
    if (wanted.how == opening::open_only)
      throw_error(cause::missing, wanted.name, path, "is not there", "Make it first");
    was_made = publish_closed(wanted, path);
    if (!was_made && wanted.how == opening::exclusive)
      throw_error(cause::exists, wanted.name, path, "is there already",
                  "Open it, or choose another name");
  }
  throw_error(cause::failed, wanted.name, path, "comes and goes",
              "Somebody removes it all the time");
}

segment& segment::open(const segment_request& wanted) {
  std::string path = path_of(wanted.name, wanted.wanted.kind, wanted.directory);
  file_facts found;
  file_handle file = open_file(wanted, path, found);
  return segment_registry::get().add(wanted, std::move(path), std::move(file), found);
}

// It is mapped until the process ends, and so long the system does not let anybody remove the file.
void segment::end_use() noexcept {}

expectation segment::look(const segment_request& wanted, fixed_header& found) {
  const std::string path = path_of(wanted.name, wanted.wanted.kind, wanted.directory);
  const file_handle file = open_existing(wanted, path, 0);
  if (!file) throw_error(cause::missing, wanted.name, path, "is not there", "");
  const file_facts facts = facts_of(wanted, path, file.number());
  const first_bytes first(wanted, path, file.number(), facts.size);
  if (const auto wrong = examine(first.bytes, first.length, facts.size))
    throw_error(wrong->why, wanted.name, path, wrong->what, wrong->remedy);
  std::memcpy(&found, first.bytes, sizeof found);
  return expectation_in(found);
}

// Whoever uses it has it open, and what is open cannot be deleted.
bool segment::remove(const segment_request& wanted) {
  const std::string path = path_of(wanted.name, wanted.wanted.kind, wanted.directory);
  {
    const file_handle file = open_existing(wanted, path, 0);
    if (!file) return false;
    const file_facts facts = facts_of(wanted, path, file.number());
    const first_bytes first(wanted, path, file.number(), facts.size);
    const auto wrong = examine(first.bytes, first.length, facts.size);
    if (wrong && wrong->forbids_removal())
      throw_error(wrong->why, wanted.name, path, wrong->what, wrong->remedy);
  }
  if (::DeleteFileW(wide(path).c_str()) != 0) return true;
  const int refused = last_errno();
  if (refused == ENOENT) return false;
  if (refused == EBUSY || refused == EACCES)
    throw_error(cause::busy, wanted.name, path, "is in use",
                "End the processes that have opened it, this one among them");
  throw_os_error(refused, wanted.name, path, "cannot be removed");
}

void* segment::attachment(void* (*make)(segment&), void (*forked)(void*)) {
  const std::lock_guard<std::mutex> hold(segment_registry::get().access);
  if (attachment_ == nullptr) {
    forked_ = forked;
    attachment_ = make(*this);
  }
  return attachment_;
}

}  // namespace holdfast::process::detail

#endif
