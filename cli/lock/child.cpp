// SPDX-License-Identifier: BSL-1.0
// Starting, signalling and waiting for the command.
#include "child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "holdfast/base/deadline.hpp"

#include "exit_code.hpp"
#include "family.hpp"

namespace cli {
namespace {

constexpr int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT};

bool has_terminal() noexcept {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

timespec remaining(const holdfast::deadline& until) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t left = until.nanoseconds() - (now.tv_sec * 1'000'000'000 + now.tv_nsec);
  timespec result{};
  if (left > 0) {
    result.tv_sec = static_cast<time_t>(left / 1'000'000'000);
    result.tv_nsec = static_cast<long>(left % 1'000'000'000);
  }
  return result;
}

}  // namespace

void end_as(const ending& end) {
  if (!end.by_terminal) return;
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGINT, &usual, nullptr);
  ::raise(SIGINT);
}

// What the child of a vfork needs, made before it: it may not allocate.
struct child::plan {
  char* const* words;
  pid_t parent;
  bool own_group;
  const sigset_t* mask;
  const struct sigaction* on_child;
  volatile int* error;
};

child::child() : own_group_(!has_terminal()) {
  sigemptyset(&taken_);
  sigemptyset(&seen_);
  for (const int each : passed_on) sigaddset(&taken_, each);
  sigaddset(&taken_, SIGCHLD);
  sigprocmask(SIG_BLOCK, &taken_, &mask_before_);
  struct sigaction usual{};  // a parent that ignores its children passes that on, and waitpid fails
  usual.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &usual, &on_child_before_);
}

child::~child() {
  sigaction(SIGCHLD, &on_child_before_, nullptr);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

// The death signal comes before the look at the parent: either we see that it is gone, or we are
// killed when it goes.
void child::become(const plan& how) noexcept {
  if (how.own_group) ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != how.parent) ::_exit(by_signal + SIGKILL);
  sigaction(SIGCHLD, how.on_child, nullptr);
  sigprocmask(SIG_SETMASK, how.mask, nullptr);
  ::execvp(how.words[0], how.words);
  *how.error = errno;
  ::_exit(command_cannot_run);
}

// By vfork: the address space is not copied, and an error of exec needs no pipe to get here.
int child::start(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& each : words) pointers.push_back(const_cast<char*>(each.c_str()));
  pointers.push_back(nullptr);
  volatile int error = 0;
  const plan how{pointers.data(), ::getpid(), own_group_, &mask_before_, &on_child_before_, &error};
  const pid_t made = ::vfork();
  if (made == 0) become(how);
  if (made < 0) return errno;  // nothing has begun, as when exec fails
  pid_ = made;
  if (error == 0) return 0;
  ::waitpid(pid_, nullptr, 0);
  return error;
}

ending child::run(const std::vector<std::string>& words,
                  const std::optional<std::chrono::nanoseconds>& grace) {
  ending end;
  end.exec_error = start(words);
  if (end.exec_error == 0) return wait(grace);
  end.exit_code = end.exec_error == ENOENT ? command_not_found : command_cannot_run;
  return end;
}

ending child::wait(const std::optional<std::chrono::nanoseconds>& grace) {
  holdfast::deadline kill_at = holdfast::deadline::never();
  for (;;) {
    siginfo_t info{};
    const timespec left = remaining(kill_at);
    const int got =
        kill_at.is_never() ? sigwaitinfo(&taken_, &info) : sigtimedwait(&taken_, &info, &left);
    if (got < 0) {
      if (errno != EAGAIN) continue;
      send(SIGKILL);
      kill_at = holdfast::deadline::never();
    } else if (got != SIGCHLD) {
      take(info);
      if (got == SIGTERM && grace && kill_at.is_never()) kill_at = holdfast::deadline::in(*grace);
    }
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) return judge(status);
  }
}

// What ended it has been sent to us too by now, if it was sent to the whole group: the kernel reports
// no death while it goes through a group.
ending child::judge(int status) {
  constexpr timespec at_once{};
  siginfo_t info{};
  while (sigtimedwait(&taken_, &info, &at_once) > 0) note(info);
  ending end;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.exit_code = WIFSIGNALED(status) ? by_signal + end.signal : WEXITSTATUS(status);
  end.asked = end.signal != 0 && sigismember(&seen_, end.signal) == 1;
  end.by_terminal = end.signal == SIGINT && interrupted_by_terminal_;
  return end;
}

// Whether it came from the terminal, which sends to all of the group: the command has it already. A
// terminal that is hung up sends to the leader of the session alone, and leaves the rest to that.
bool child::note(const siginfo_t& info) {
  const int signal = info.si_signo;
  sigaddset(&seen_, signal);
  const bool is_to_leader = signal == SIGHUP && ::getsid(0) == ::getpid();
  const bool by_terminal = !own_group_ && info.si_code == SI_KERNEL && !is_to_leader;
  if (by_terminal && signal == SIGINT) interrupted_by_terminal_ = true;
  return by_terminal;
}

void child::take(const siginfo_t& info) {
  if (!note(info)) send(info.si_signo);
  if (info.si_signo == SIGTSTP) stop_with_it(info);
}

void child::send(int signal) const {
  if (own_group_)
    ::kill(-pid_, signal);
  else
    signal_family(pid_, signal);
}

// As a command that stops for itself would: the shell gets its prompt back, and `fg` goes on.
void child::stop_with_it(const siginfo_t& info) {
  ::raise(info.si_signo);
  sigset_t alone;
  sigemptyset(&alone);
  sigaddset(&alone, info.si_signo);
  sigprocmask(SIG_UNBLOCK, &alone, nullptr);
  sigprocmask(SIG_BLOCK, &alone, nullptr);
}

}  // namespace cli
