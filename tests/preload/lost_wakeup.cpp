// SPDX-License-Identifier: BSL-1.0
// One permit and one signal at a time, with a waiter that is stopped at each of its instructions in turn.
// Linked with nothing of holdfast. In the C library before 2.41 (bug 25847) a waiter that was stopped
// between taking a signal and looking whether its group is over puts a signal too many into a later
// group; the next one that is sent then goes to waiters that have left, and a waiter sleeps on.
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>

#include "conformance/suite.hpp"

namespace {

// Runs the thread that wants it one instruction at a time, by the trap flag of the processor, as far as
// a place, and stops it there.
namespace stepping {

std::atomic<int> place;  // counted in instructions
std::atomic<bool> wanted;
std::atomic<bool> at_place;
std::atomic<std::uint32_t> goes_on;
int steps;  // of the one thread

constexpr greg_t trap_flag = 0x100;

greg_t& flags(void* context) {
  return static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL];
}

void on_start(int, siginfo_t*, void* context) { flags(context) |= trap_flag; }

void on_step(int, siginfo_t*, void* context) {
  const int saved_errno = errno;
  if (wanted.load() && ++steps == place.load()) {
    at_place.store(true);
    while (goes_on.load() == 0)
      syscall(SYS_futex, &goes_on, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
    wanted.store(false);
  }
  if (!wanted.load()) flags(context) &= ~trap_flag;
  errno = saved_errno;
}

void begin() {
  steps = 0;
  wanted.store(true);
  raise(SIGUSR1);
}
void end() { wanted.store(false); }

void set_up(int at) {
  struct sigaction how{};
  how.sa_flags = SA_SIGINFO | SA_RESTART;
  how.sa_sigaction = &on_start;
  CHECK(sigaction(SIGUSR1, &how, nullptr) == 0);
  how.sa_sigaction = &on_step;
  CHECK(sigaction(SIGTRAP, &how, nullptr) == 0);
  place.store(at);
  at_place.store(false);
  goes_on.store(0);
}

void release() {
  goes_on.store(1);
  syscall(SYS_futex, &goes_on, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace stepping

// What one way of the program has. All counts are written under the mutex.
struct room {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  std::atomic<int> permits{0};
  std::atomic<int> waits{0};  // that were begun
  std::atomic<bool> over{false};

  void give() {
    pthread_mutex_lock(&mutex);
    permits.fetch_add(1);
    pthread_mutex_unlock(&mutex);
    pthread_cond_signal(&changed);
  }
  void take_if_any() {
    pthread_mutex_lock(&mutex);
    if (permits.load() != 0) permits.fetch_sub(1);
    pthread_mutex_unlock(&mutex);
  }
  // While nobody else wants the mutex: whether the one who is stopped has it.
  bool is_locked_by_stopped() {
    const bool stopped = stepping::at_place.load();
    if (pthread_mutex_trylock(&mutex) != 0) return stopped;
    pthread_mutex_unlock(&mutex);
    return false;
  }
};

// Takes one permit.
class taker {
 public:
  taker(room& r, bool stepped) : room_(r), thread_([this, stepped] { run(stepped); }) {}
  bool is_done() const { return done_.load(); }
  bool rests() const { return is_done() || thread_.is_asleep(); }

 private:
  void run(bool stepped) {
    pthread_mutex_lock(&room_.mutex);
    while (room_.permits.load() == 0 && !room_.over.load()) {
      room_.waits.fetch_add(1);
      if (stepped) stepping::begin();
      pthread_cond_wait(&room_.changed, &room_.mutex);
      if (stepped) stepping::end();
      stepped = false;
    }
    if (room_.permits.load() != 0) room_.permits.fetch_sub(1);
    done_.store(true);
    pthread_mutex_unlock(&room_.mutex);
    while (!room_.over.load()) usleep(100);  // others look at this thread
  }

  room& room_;
  std::atomic<bool> done_{false};
  suite::thread thread_;
};

class takers {
 public:
  void add(room& r, bool stepped) {
    const int last = count_.load();
    all_[last] = std::make_unique<taker>(r, stepped);
    count_.store(last + 1);
  }
  const taker& first() const { return *all_[0]; }
  bool all_are_done() const { return all_of(0, &taker::is_done); }
  bool all_rest() const { return all_of(0, &taker::rests); }
  bool others_rest() const { return all_of(1, &taker::rests); }

 private:
  bool all_of(int from, bool (taker::*is)() const) const {
    return std::all_of(all_ + from, all_ + count_.load(),
                       [is](const auto& each) { return (each.get()->*is)(); });
  }
  std::unique_ptr<taker> all_[4];
  std::atomic<int> count_{0};
};

// Gives permits, one by one, while the first taker is stopped, until that is in the way.
class giver {
 public:
  giver(room& r, takers& all) : room_(r), takers_(all), thread_([this] { run(); }) {}

  bool is_done() const { return done_.load(); }
  bool went_through() const { return went_through_.load(); }
  int phase() const { return phase_.load(); }
  // How often it has looked in vain for what it waits for, or been seen asleep, which it is for nothing
  // but a lock.
  unsigned vain_looks() const {
    static unsigned asleep = 0;
    if (thread_.is_asleep()) ++asleep;
    return asleep + looks_.load();
  }
  void give_up() { given_up_.store(true); }

 private:
  template <class Condition>
  bool until(Condition holds) {
    phase_.fetch_add(1);
    for (; !holds() && !given_up_.load(); looks_.fetch_add(1)) sched_yield();
    return !given_up_.load();
  }
  bool begin_takers(int count) {
    const int waits_then = room_.waits.load() + count;
    for (int i = 0; i < count; ++i) takers_.add(room_, false);
    return until([this, waits_then] { return room_.waits.load() == waits_then; });
  }
  bool give() {
    room_.give();
    return until([this] { return room_.permits.load() == 0; });
  }

  bool first_is_stopped_or_asleep() const {
    return stepping::at_place.load() || (room_.waits.load() == 1 && takers_.first().rests());
  }

  void run() {
    go();
    done_.store(true);
    while (!room_.over.load()) usleep(100);
  }
  // The first taker is woken and stopped, and its permit taken. Another one waits and is woken; of the
  // next two, one.
  void go() {
    if (!until([this] { return first_is_stopped_or_asleep(); }) || room_.is_locked_by_stopped())
      return;
    room_.give();
    if (!until([this] { return stepping::at_place.load() || takers_.first().is_done(); })) return;
    if (takers_.first().is_done() || room_.is_locked_by_stopped()) return;
    room_.take_if_any();
    went_through_.store(begin_takers(1) && give() && begin_takers(2) && give());
  }

  room& room_;
  takers& takers_;
  std::atomic<int> phase_{0};
  std::atomic<unsigned> looks_{0};
  std::atomic<bool> given_up_{false};
  std::atomic<bool> went_through_{false};
  std::atomic<bool> done_{false};
  suite::thread thread_;
};

// Until `holds` has been so at so many looks in a row.
template <class Condition>
void wait_until_stable(int looks, Condition holds) {
  for (int seen = 0; seen < looks; usleep(200)) seen = holds() ? seen + 1 : 0;
}

// Blocked by the taker that is stopped, if nobody else moves any more.
void wait_until_done_or_blocked(const giver& gives, const takers& all) {
  constexpr unsigned enough = 30;
  int phase = -1;
  for (unsigned since = 0; !gives.is_done(); usleep(100)) {
    const unsigned now = gives.vain_looks();
    if (!stepping::at_place.load() || !all.others_rest() || gives.phase() != phase) {
      phase = gives.phase();
      since = now;
    }
    if (now - since > enough) return;
  }
}

enum class outcome { not_reached, in_the_way, passed, lost };

// Permits are given until all takers have one. Lost is one that lies there while all sleep: who has been
// woken is ready to run.
bool all_are_served(room& r, const takers& all) {
  constexpr int enough = 500;
  while (!all.all_are_done()) {
    if (r.permits.load() == 0) r.give();
    int idle = 0;
    for (; r.permits.load() != 0 && idle < enough; usleep(200))
      idle = all.all_rest() ? idle + 1 : 0;
    if (idle == enough) return false;
  }
  return true;
}

outcome stop_at(int place) {
  room r;
  stepping::set_up(place);
  takers all;
  all.add(r, true);
  outcome result = outcome::passed;
  {
    giver gives(r, all);
    wait_until_done_or_blocked(gives, all);
    const bool reached = stepping::at_place.load();
    gives.give_up();
    stepping::release();
    wait_until_stable(3, [&] { return gives.is_done() && all.all_rest(); });
    result = !reached                ? outcome::not_reached
             : !gives.went_through() ? outcome::in_the_way
                                     : outcome::passed;
    if (!all_are_served(r, all)) result = outcome::lost;
    pthread_mutex_lock(&r.mutex);
    r.over.store(true);
    pthread_mutex_unlock(&r.mutex);
    pthread_cond_broadcast(&r.changed);
  }
  return result;
}

}  // namespace

// lost_wakeup [STRIDE]: stops at each so manieth instruction, until a wake-up is lost. Exit code 3 then.
int main(int argc, char** argv) {
  const int stride = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
  int passed = 0;
  int in_the_way = 0;
  for (int place = 1;; place += stride) {
    switch (stop_at(place)) {
      case outcome::passed:
        ++passed;
        break;
      case outcome::in_the_way:
        ++in_the_way;
        break;
      case outcome::lost:
        std::printf("a wake-up was lost, of a waiter stopped at instruction %d\n", place);
        return 3;
      case outcome::not_reached:
        std::printf("no wake-up was lost: stopped at %d of %d instructions, and at %d in the way\n",
                    passed, place - 1, in_the_way);
        return passed == 0 ? 1 : 0;
    }
  }
}
