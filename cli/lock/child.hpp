// SPDX-License-Identifier: BSL-1.0
// The command under the lock: started, given the signals that are sent to us, and waited for.
#pragma once

#if !defined(_WIN32)
#include <sys/types.h>

#include <csignal>
#endif

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace cli {

// How a command has ended.
struct ending {
  int exit_code = 0;   // 128 and the signal, if it was a signal
  int signal = 0;      // 0: it exited
  bool asked = false;  // the signal had been sent to us or came from the terminal
  bool by_terminal = false;
  int exec_error = 0;   // it could not be started, and why
  std::string refusal;  // the same in words, where they say more
};

// As if the terminal's Ctrl-C had ended us too: so the script that runs us ends as well.
void end_as(const ending& end);

// Signals that are sent to us are the command's: from construction to destruction they are blocked
// and taken one by one. Only one may exist, in the main thread of a process without others.
//
// A process without a controlling terminal gives the command a process group of its own, and
// signals that. On a terminal the groups belong to the shell that made them, with all of a pipe:
// the command stays in ours, what the terminal sends reaches it without us, and what a process sends
// to us is passed to those of the group that descend from the command.
//
// On Windows it is in a job that ends with us, and what the console sends to both is left to it.
class child {
 public:
  child();
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  // Starts the command, which dies if we do, with the signal mask and dispositions that we were
  // given, and waits for its end. After a SIGTERM it has `grace` before it is killed.
  ending run(const std::vector<std::string>& words,
             const std::optional<std::chrono::nanoseconds>& grace);

 private:
  int start(const std::vector<std::string>& words);

#if defined(_WIN32)
  void* job_;
  void* process_ = nullptr;
#else
  struct plan;
  [[noreturn]] static void become(const plan& how) noexcept;
  ending wait(const std::optional<std::chrono::nanoseconds>& grace);
  void take(const siginfo_t& info);
  bool note(const siginfo_t& info);
  ending judge(int status);
  void send(int signal) const;
  void stop_with_it(const siginfo_t& info);

  sigset_t taken_{};        // what is blocked and taken
  sigset_t mask_before_{};  // what we were given
  struct sigaction on_child_before_{};
  sigset_t seen_{};  // of those that ask for an end
  bool interrupted_by_terminal_ = false;
  bool own_group_ = false;
  pid_t pid_ = 0;
#endif
};

}  // namespace cli
