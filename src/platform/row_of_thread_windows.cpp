// SPDX-License-Identifier: BSL-1.0
// A thread's row, by a slot of the system and a callback at the thread's end.
#if defined(_WIN32)

#include "holdfast/platform/atomic.hpp"

#include "platform/row_of_thread.hpp"
#include "platform/windows_api.hpp"

// mingw-w64 keeps thread-local variables in memory of its own, which it frees when a thread ends: in
// the thread model posix before the thread's last destructors run. A variable that is read after that
// is made anew. So the row is remembered in a slot of the system, which lasts as long as the thread,
// and given back by a callback of the module's loader, which is called for every thread that ends.

namespace holdfast::platform {
namespace {

// In the slot: nothing yet; the row; or that it has been given back.
reader_slots* const given_back = &no_reader_slots;

// The index of the slot and 1; 0 as long as there is none.
constinit atomic<DWORD> slot_and_one;

// By the first copy of a row, the same for all.
constinit atomic<void (*)(reader_slots&)> end_of_row;

reader_slots* in_slot() noexcept {
  const DWORD one_more = slot_and_one.load(order::relaxed);
  if (one_more == 0) return nullptr;
  const last_error_kept keep;
  return static_cast<reader_slots*>(::TlsGetValue(one_more - 1));
}

bool set_slot(reader_slots* content) noexcept {
  return ::TlsSetValue(slot_and_one.load(order::relaxed) - 1, content) != FALSE;
}

// Of several threads one has its slot used, and the others free theirs.
bool has_slot() noexcept {
  if (slot_and_one.load(order::relaxed) != 0) return true;
  const DWORD mine = ::TlsAlloc();
  if (mine == TLS_OUT_OF_INDEXES) return slot_and_one.load(order::relaxed) != 0;
  DWORD expected = 0;
  if (!slot_and_one.compare_exchange(expected, mine + 1, order::relaxed, order::relaxed))
    ::TlsFree(mine);
  return true;
}

// The callback must be there for every thread that has a row: a DLL that carries this code is never
// unloaded. Nothing to do for the program itself.
bool stay_mapped() noexcept {
  HMODULE module = nullptr;
  return ::GetModuleHandleExW(
             GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
             reinterpret_cast<LPCWSTR>(&stay_mapped), &module) != FALSE;
}

void NTAPI module_callback(PVOID, DWORD reason, PVOID) {
  if (reason != DLL_THREAD_DETACH) return;
  reader_slots* const row = in_slot();
  if (row == nullptr || row == given_back) return;
  set_slot(given_back);
  end_of_row.load(order::relaxed)(*row);
}

// Called after those of mingw-w64, which run the destructors of thread-local variables: the linker
// orders them by what comes after the '$'.
[[gnu::section(".CRT$XLY"), gnu::used]] const PIMAGE_TLS_CALLBACK at_end_of_thread =
    &module_callback;

}  // namespace

bool row_of_thread::keep(reader_slots& row, void (*give_back)(reader_slots&)) noexcept {
  const last_error_kept keep;
  if (!has_slot() || !stay_mapped()) return false;
  end_of_row.store(give_back, order::relaxed);
  return set_slot(&row);
}

reader_slots* row_of_thread::kept() noexcept {
  reader_slots* const row = in_slot();
  return row == given_back ? nullptr : row;
}

bool row_of_thread::has_ended() noexcept { return in_slot() == given_back; }

row_of_thread::left row_of_thread::left_behind() noexcept {
  reader_slots* const row = kept();
  if (row == nullptr) return {};
  return {row, row->generation.load(order::relaxed)};
}

}  // namespace holdfast::platform

#endif
