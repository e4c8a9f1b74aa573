// SPDX-License-Identifier: BSL-1.0
// Why the engine `kernel` is no semaphore of System V: what happens to one whose owner execs, or ends
// its thread (docs/decisions/0016-locks-between-processes.md).
#include <sched.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/base/deadline.hpp"

#include "support/child.hpp"

namespace {

using namespace holdfast;

class semaphore_of_system_v {
 public:
  semaphore_of_system_v() : id_(::semget(IPC_PRIVATE, 1, 0600)) {
    if (id_ >= 0) static_cast<void>(change(1, 0));
  }
  semaphore_of_system_v(const semaphore_of_system_v&) = delete;
  semaphore_of_system_v& operator=(const semaphore_of_system_v&) = delete;
  ~semaphore_of_system_v() { ::semctl(id_, 0, IPC_RMID); }

  bool is_there() const { return id_ >= 0; }
  bool take() const { return change(-1, IPC_NOWAIT | SEM_UNDO); }

 private:
  bool change(short by, short how) const {
    sembuf step{0, by, how};
    return ::semop(id_, &step, 1) == 0;
  }
  int id_;
};

bool becomes(pid_t process, const char* program) {
  const deadline patience = deadline::after(std::int64_t{test::patience_ms} * 1'000'000);
  for (std::string name; !patience.has_passed(); ::sched_yield()) {
    std::ifstream file("/proc/" + std::to_string(process) + "/comm");
    if (file >> name && name == program) return true;
  }
  return false;
}

TEST(semaphore_of_system_v, keeps_the_undo_of_an_owner_that_execs) {
  const semaphore_of_system_v semaphore;
  if (!semaphore.is_there()) GTEST_SKIP() << "the system has none";
  test::child owner([&] {
    if (semaphore.take()) ::execl("/bin/sleep", "sleep", "300", nullptr);
    return 1;
  });
  ASSERT_TRUE(becomes(owner.pid(), "sleep"));
  EXPECT_FALSE(semaphore.take()) << "the new program keeps what it knows nothing of";
  owner.kill();
  static_cast<void>(owner.wait());
  EXPECT_TRUE(semaphore.take());
}

TEST(semaphore_of_system_v, keeps_the_undo_of_a_thread_that_ended) {
  const semaphore_of_system_v semaphore;
  if (!semaphore.is_there()) GTEST_SKIP() << "the system has none";
  std::thread([&] { EXPECT_TRUE(semaphore.take()); }).join();
  EXPECT_FALSE(semaphore.take());
}

}  // namespace
