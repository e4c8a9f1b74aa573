// SPDX-License-Identifier: BSL-1.0
// How thread-local variables are reached where the caller may go on on another thread.
#pragma once

// For a function that reads one. The compiler takes the address of a thread-local variable for
// constant within a function and may keep it across a call, from which a fiber of a pool returns on
// another thread. On x86-64 a read is one instruction relative to the thread pointer and has no
// address to keep, unless a sanitizer looks at it. Elsewhere only a call finds the address anew; on
// Windows mingw-w64 asks a function for it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define HOLDFAST_READS_THREAD_LOCAL [[gnu::noinline]] inline
#endif
#endif
#if !defined(HOLDFAST_READS_THREAD_LOCAL)
#if defined(__x86_64__) && !defined(_WIN32) && !defined(__SANITIZE_THREAD__) && \
    !defined(__SANITIZE_ADDRESS__)
#define HOLDFAST_READS_THREAD_LOCAL inline
#else
#define HOLDFAST_READS_THREAD_LOCAL [[gnu::noinline]] inline
#endif
#endif
