// SPDX-License-Identifier: BSL-1.0
// The macros of the library and the switches a build can set; nothing else defines a HOLDFAST_
// macro.
#pragma once

#define HOLDFAST_VERSION_MAJOR 0
#define HOLDFAST_VERSION_MINOR 1
#define HOLDFAST_VERSION_PATCH 0

// HOLDFAST_CHECKED: 1 makes every lock of this translation unit find misuse (see
// platform/ownership.hpp). It changes the types of the locks, so two halves of a program that
// disagree do not link.
#ifndef HOLDFAST_CHECKED
#define HOLDFAST_CHECKED 0
#endif

// HOLDFAST_PORTABLE: 1 builds everything on the platform that needs nothing but the standard
// library.
#ifndef HOLDFAST_PORTABLE
#define HOLDFAST_PORTABLE 0
#endif

// Where symbols are exported by dllexport, static libraries need nothing, and those of mingw-w64 export
// all by themselves.
#if __has_attribute(dllexport)
#define HOLDFAST_EXPORT
#else
#define HOLDFAST_EXPORT [[gnu::visibility("default")]]
#endif
#define HOLDFAST_COLD [[gnu::cold, gnu::noinline]]
#define HOLDFAST_INLINE [[gnu::always_inline]] inline

#if defined(__cpp_exceptions)
#define HOLDFAST_HAS_EXCEPTIONS 1
#else
#define HOLDFAST_HAS_EXCEPTIONS 0
#endif

// Clang's thread safety analysis (-Wthread-safety); other compilers ignore it.
#if defined(__clang__)
#define HOLDFAST_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define HOLDFAST_THREAD_SAFETY(attribute)
#endif
#define HOLDFAST_CAPABILITY(name) HOLDFAST_THREAD_SAFETY(capability(name))
#define HOLDFAST_ACQUIRE(...) HOLDFAST_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define HOLDFAST_TRY_ACQUIRE(...) HOLDFAST_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
#define HOLDFAST_RELEASE(...) HOLDFAST_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define HOLDFAST_ACQUIRE_SHARED(...) HOLDFAST_THREAD_SAFETY(acquire_shared_capability(__VA_ARGS__))
#define HOLDFAST_TRY_ACQUIRE_SHARED(...) \
  HOLDFAST_THREAD_SAFETY(try_acquire_shared_capability(__VA_ARGS__))
#define HOLDFAST_RELEASE_SHARED(...) HOLDFAST_THREAD_SAFETY(release_shared_capability(__VA_ARGS__))
#define HOLDFAST_UNANALYSED HOLDFAST_THREAD_SAFETY(no_thread_safety_analysis)
