// SPDX-License-Identifier: BSL-1.0
// What the library does once, before any other constructor, and in the child of a fork.
#pragma once

namespace preload {

// Decides whether the common unlock is a restartable sequence.
void allow_restartable_release() noexcept;

// In the child of a fork, where those who were queued do not exist.
void forget_waiters_of_other_threads() noexcept;

// In the child of a fork, whose thread has another number.
void forget_number_of_this_thread() noexcept;

// In the child of a fork, where nobody is in the function of a once but the thread that forked.
void forget_runs_of_other_threads() noexcept;

// Maps the page of `holdfast run`, if the environment names one.
void open_report(char** environment) noexcept;
void note_child_process() noexcept;

}  // namespace preload
