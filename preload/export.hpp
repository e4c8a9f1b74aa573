// SPDX-License-Identifier: BSL-1.0
// How a call is exported, under each version that the C library has of it. The map of the linker names
// them all, as it hides what it does not name.
#pragma once

// holdfast_NAME is what NAME is for the program.
#define HOLDFAST_PTHREAD_CALL(result, name) \
  extern "C" [[gnu::visibility("default")]] result holdfast_##name

// The version that programs are linked with now.
#define HOLDFAST_PTHREAD_EXPORT(name, version) \
  __asm__(".symver holdfast_" #name "," #name "@@" version)

// The same function under a version that programs linked long ago ask for.
#define HOLDFAST_PTHREAD_ALSO(name, number, version)             \
  __asm__(".globl holdfast_" #name "_" #number                   \
          "\n\t"                                                 \
          ".set holdfast_" #name "_" #number ", holdfast_" #name \
          "\n\t"                                                 \
          ".symver holdfast_" #name "_" #number "," #name "@" version)

// The same function under the C library's second name for it.
#define HOLDFAST_PTHREAD_ALIAS(name, version)          \
  __asm__(".globl holdfast___" #name                   \
          "\n\t"                                       \
          ".set holdfast___" #name ", holdfast_" #name \
          "\n\t"                                       \
          ".symver holdfast___" #name ",__" #name "@@" version)
