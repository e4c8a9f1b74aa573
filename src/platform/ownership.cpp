// SPDX-License-Identifier: BSL-1.0
// The table of owners behind the checked locks.
#include "holdfast/platform/ownership.hpp"

#include <cstdint>
#include <mutex>
#include <new>
#include <unordered_map>

#if defined(__linux__)
#include <link.h>
#endif

#include "holdfast/base/fatal.hpp"
#include "holdfast/platform/fork.hpp"
#include "holdfast/platform/native_mutex.hpp"
#include "holdfast/platform/task.hpp"

#include "base/immortal.hpp"

#if defined(_WIN32)
#include "platform/windows_api.hpp"
#endif

namespace holdfast::platform {
namespace {

// No thread's and no task's.
constexpr std::uintptr_t any_owner = ~std::uintptr_t{0};

// Never destroyed: locks of static storage are used and destroyed until the very end.
struct owner_table {
  native_mutex mutex;
  std::unordered_map<const void*, std::uintptr_t> owners;
  bool knows_all = true;

  static owner_table& instance() noexcept {
    static detail::immortal<owner_table> table;
    return table.value;
  }
};

// Early, as the program's own handlers may lock. Another thread may have been in the middle of a change:
// then it is not known any more what this one owns.
[[gnu::constructor]] void keep_the_table_usable_after_fork() noexcept {
  after_fork_in_child([] {
    owner_table& table = owner_table::instance();
    if (table.mutex.try_lock() == 0) {
      table.mutex.unlock();
      return;
    }
    ::new (static_cast<void*>(&table)) owner_table;
    table.knows_all = false;
  });
}

#if defined(__linux__)
// Whether the address is in one of the object's segments. dladdr would know no object of a static program.
int has_address(dl_phdr_info* object, std::size_t, void* address) noexcept {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type == PT_LOAD &&
        wanted - (object->dlpi_addr + segment.p_vaddr) < segment.p_memsz)
      return 1;
  }
  return 0;
}
#endif

}  // namespace

bool checked_ownership::has_static_storage(const void* address) noexcept {
#if defined(__linux__)
  return ::dl_iterate_phdr(&has_address, const_cast<void*>(address)) != 0;
#elif defined(_WIN32)
  const last_error_kept keep;
  MEMORY_BASIC_INFORMATION pages{};
  return ::VirtualQuery(address, &pages, sizeof pages) != 0 && pages.Type == MEM_IMAGE;
#else
  static_cast<void>(address);
  return false;
#endif
}

void checked_ownership::about_to_lock(const void* lock, const char* kind) noexcept {
  owner_table& table = owner_table::instance();
  {
    const std::scoped_lock hold(table.mutex);
    const auto entry = table.owners.find(lock);
    if (entry == table.owners.end() || entry->second != this_owner()) return;
  }
  detail::fatal(kind, lock,
                "this thread locks a lock that it already owns: it would wait for itself",
                "Release the guard first, or pass the guard down instead of the mutex");
}

void checked_ownership::locked(const void* lock) noexcept {
  owner_table& table = owner_table::instance();
  const std::scoped_lock hold(table.mutex);
  table.owners.insert_or_assign(lock, this_owner());
}

void checked_ownership::locked_by_any(const void* lock) noexcept {
  owner_table& table = owner_table::instance();
  const std::scoped_lock hold(table.mutex);
  table.owners.insert_or_assign(lock, any_owner);
}

void checked_ownership::locked_by_thread(const void* lock, const char* kind) noexcept {
  if (task* const mine = this_task(); mine != nullptr)
    mine->of_thread = {mine->of_thread.count + 1, lock, kind};
}

void checked_ownership::unlocked_by_thread() noexcept {
  if (task* const mine = this_task(); mine != nullptr && mine->of_thread.count != 0)
    --mine->of_thread.count;
}

void checked_ownership::about_to_unlock(const void* lock, const char* kind) noexcept {
  owner_table& table = owner_table::instance();
  const char* what = nullptr;
  {
    const std::scoped_lock hold(table.mutex);
    const auto entry = table.owners.find(lock);
    if (entry == table.owners.end()) {
      if (!table.knows_all) return;
      what = "this thread unlocks a lock that nobody owns";
    } else if (entry->second != this_owner() && entry->second != any_owner) {
      what = "this thread unlocks a lock that another thread owns";
    } else {
      table.owners.erase(entry);
      return;
    }
  }
  detail::fatal(kind, lock, what,
                "Let the thread that locked it unlock it: keep the guard in that thread");
}

void checked_ownership::about_to_destroy(const void* lock, const char* kind) noexcept {
  owner_table& table = owner_table::instance();
  {
    const std::scoped_lock hold(table.mutex);
    const auto entry = table.owners.find(lock);
    if (entry == table.owners.end()) return;
    if (has_static_storage(lock)) {
      table.owners.erase(entry);
      return;
    }
  }
  detail::fatal(kind, lock, "a lock is destroyed while somebody owns it",
                "Let every guard end before the mutex does, for instance by joining the thread");
}

void checked_ownership::destroyed_while_read(const void* lock, const char* kind) noexcept {
  if (has_static_storage(lock)) return;
  detail::fatal(kind, lock, "a lock is destroyed while somebody reads under it",
                "Let every guard end before the mutex does, for instance by joining the thread");
}

}  // namespace holdfast::platform
