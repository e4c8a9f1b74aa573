// SPDX-License-Identifier: BSL-1.0
// Locks between processes: ours with each engine, the one of POSIX that tells of a death, Boost's.
#pragma once

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>

#include <holdfast/process/process.hpp>

#include "contenders/lists.hpp"

#if __has_include(<boost/interprocess/sync/interprocess_mutex.hpp>)
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/version.hpp>
#define HOLDFAST_BENCH_BOOST_INTERPROCESS 1
#endif

namespace bench {

// A lock and a counter in memory that children of a fork share.
template <class Lock>
class forked_cell {
 public:
  struct content {
    Lock lock;
    alignas(64) long counter = 0;
  };

  forked_cell()
      : place_(::mmap(nullptr, sizeof(content), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                      -1, 0)) {
    if (place_ == MAP_FAILED) throw std::runtime_error("no shared memory");
    ::new (place_) content;
  }
  forked_cell(const forked_cell&) = delete;
  forked_cell& operator=(const forked_cell&) = delete;
  ~forked_cell() { ::munmap(place_, sizeof(content)); }

  template <class Section>
  void with(Section section) {
    auto& here = *static_cast<content*>(place_);
    here.lock.lock();
    section(here.counter);
    here.lock.unlock();
  }
  bool lock() { return static_cast<content*>(place_)->lock.lock(); }
  void unlock() { static_cast<content*>(place_)->lock.unlock(); }

 private:
  void* place_;
};

struct robust_mutex {
  robust_mutex() {
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &how);
    pthread_mutexattr_destroy(&how);
  }
  // True: the last owner died.
  bool lock() {
    if (pthread_mutex_lock(&mutex) != EOWNERDEAD) return false;
    pthread_mutex_consistent(&mutex);
    return true;
  }
  void unlock() { pthread_mutex_unlock(&mutex); }
  pthread_mutex_t mutex;
};

class robust_between_processes : public forked_cell<robust_mutex> {
 public:
  static constexpr const char* name = "pthread robust, shared";
  static constexpr bool by_system_calls = false;
  static constexpr bool tells = true;
  void repair() {}
};

// Ours, in a directory that is gone with it.
template <holdfast::process::engine Engine>
class process_mutex {
 public:
  static constexpr bool by_system_calls = Engine != holdfast::process::engine::shared_memory;
  static constexpr bool tells = true;

  process_mutex() : directory_(make_directory()), mutex_(open()) {}
  ~process_mutex() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  process_mutex(const process_mutex&) = delete;
  process_mutex& operator=(const process_mutex&) = delete;

  template <class Section>
  void with(Section section) {
    const auto owner = mutex_.lock();
    section(*owner);
  }
  // For a process that ends with it.
  bool lock() {
    auto* const owner = new holdfast::process::guard<long>(mutex_.lock(holdfast::even_if_poisoned));
    return owner->was_poisoned();
  }
  void unlock() {}  // by the end of the process
  void repair() { mutex_.clear_poison(); }

 private:
  static std::string make_directory() {
    std::string path = "/dev/shm/holdfast-bench-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no directory in /dev/shm");
    return path;
  }
  holdfast::process::mutex<long> open() const {
    return holdfast::process::open<long>("bench", Engine,
                                         holdfast::process::in_directory{directory_});
  }

  std::string directory_;
  holdfast::process::mutex<long> mutex_;
};

struct shared_memory_mutex : process_mutex<holdfast::process::engine::shared_memory> {
  static constexpr const char* name = "process::mutex<long>";
};
struct kernel_mutex : process_mutex<holdfast::process::engine::kernel> {
  static constexpr const char* name = "process::mutex<long>, kernel";
};
struct file_mutex : process_mutex<holdfast::process::engine::file> {
  static constexpr const char* name = "process::mutex<long>, file";
};

using process_locks = contenders<robust_between_processes, shared_memory_mutex>;

#if defined(HOLDFAST_BENCH_BOOST_INTERPROCESS)
struct boost_mutex_in_memory {
  bool lock() {
    mutex.lock();
    return false;
  }
  void unlock() { mutex.unlock(); }
  boost::interprocess::interprocess_mutex mutex;
};

// Its owner's death is for ever in the version of Debian 12: it takes part in the pair alone.
class boost_interprocess_mutex : public forked_cell<boost_mutex_in_memory> {
 public:
  static constexpr const char* name = "boost::interprocess_mutex";
  static constexpr bool by_system_calls = false;
};
using boost_process_locks = contenders<boost_interprocess_mutex>;
#else
using boost_process_locks = contenders<>;
#endif

}  // namespace bench
