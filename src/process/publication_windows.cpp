// SPDX-License-Identifier: BSL-1.0
// Files with a name that nobody looks for, which are renamed when they are complete.
#if defined(_WIN32)

#include <cstring>
#include <new>

#include "process/publication.hpp"
#include "process/since.hpp"
#include "process/windows_calls.hpp"

namespace holdfast::process::detail {
namespace {

// A file that is being made, and goes if it is not renamed. The leading '.' of its name keeps it from
// being anybody's lock.
struct draft {
  file_handle file;
  std::wstring name;

  draft(const segment_request& wanted, const std::string& path) {
    static constinit platform::atomic<unsigned> drafts;
    name = wide(path.substr(0, path.find_last_of("/\\")) + "/.holdfast-" +
                std::to_string(this_process().id) + "-" +
                std::to_string(drafts.fetch_add(1, platform::order::relaxed)) + ".draft");
    file =
        file_handle(number_of(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                                            CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr)));
    if (!file) throw_os_error(last_errno(), wanted.name, path, "cannot be made");
  }
  draft(const draft&) = delete;
  draft& operator=(const draft&) = delete;
  ~draft() {
    file = file_handle();
    ::DeleteFileW(name.c_str());  // of one that was renamed there is none
  }
};

// Makes the file as long as it will be, which takes the space on the disk, and maps it.
struct mapped_draft {
  std::byte* place = nullptr;

  mapped_draft(const draft& made, const segment_request& wanted, const std::string& path,
               std::uint64_t size) {
    const HANDLE mapping =
        ::CreateFileMappingW(handle_of(made.file.number()), nullptr, PAGE_READWRITE,
                             static_cast<DWORD>(size >> 32U), static_cast<DWORD>(size), nullptr);
    if (mapping != nullptr)
      place = static_cast<std::byte*>(::MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0));
    const int refused = place != nullptr ? 0 : last_errno();
    if (mapping != nullptr) ::CloseHandle(mapping);
    if (refused != 0) throw_os_error(refused, wanted.name, path, "cannot be mapped");
  }
  mapped_draft(const mapped_draft&) = delete;
  mapped_draft& operator=(const mapped_draft&) = delete;
  ~mapped_draft() { ::UnmapViewOfFile(place); }
};

// Writes the header and lets the opener fill the rest, in place: what lies there must not be moved.
void fill(const draft& made, const segment_request& wanted, const std::string& path,
          std::uint64_t size) {
  const mapped_draft mapped(made, wanted, path, size);
  auto* const head = new (mapped.place) header;
  head->origin = tick_origin_now();
  std::byte* const payload = mapped.place + payload_offset(wanted.wanted.payload_align);
  if (wanted.initialise != nullptr) wanted.initialise(wanted.context, *head, payload);
  if (wanted.wanted.payload_copies == 2)
    std::memcpy(payload + payload_stride(wanted.wanted.payload_size, wanted.wanted.payload_align),
                payload, wanted.wanted.payload_size);
  head->fixed = make_fixed_header(wanted.wanted);
  if (wanted.mapped) return;
  if (::FlushViewOfFile(mapped.place, 0) == 0 ||
      ::FlushFileBuffers(handle_of(made.file.number())) == 0)  // for who reads it from elsewhere
    throw_os_error(last_errno(), wanted.name, path, "cannot be written");
}

}  // namespace

file_handle& file_handle::operator=(file_handle&& other) noexcept {
  if (this != &other) {
    if (number_ != -1) ::CloseHandle(handle_of(number_));
    number_ = other.release();
  }
  return *this;
}

file_handle::~file_handle() {
  if (number_ != -1) ::CloseHandle(handle_of(number_));
}

bool publish_closed(const segment_request& wanted, const std::string& path) {
  draft made(wanted, path);
  fill(made, wanted, path, file_size_for(wanted.wanted));
  made.file = file_handle();  // one that is open cannot be renamed
  if (::MoveFileExW(made.name.c_str(), wide(path).c_str(), 0) != 0) return true;
  const int refused = last_errno();
  if (refused == EEXIST) return false;
  throw_os_error(refused, wanted.name, path, "cannot be given its name");
}

}  // namespace holdfast::process::detail

#endif
