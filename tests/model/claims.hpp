// SPDX-License-Identifier: BSL-1.0
// What a run of holdfast-verify claims, as the tables of a document.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/verify.hpp"

namespace holdfast::verify {

// What one primitive came to. Plain, so that a child can hand it to its parent through a pipe.
struct account {
  std::uint64_t executions = 0;  // of the programs
  std::uint64_t covered = 0;
  std::uint64_t pruned = 0;
  std::uint64_t of_mutants = 0;  // executions of mutants
  unsigned programs = 0;
  unsigned mutants = 0;
  unsigned killed = 0;
  unsigned excused = 0;
  bool ok = true;
  double seconds = 0;
};

// 12'345 is "12,345".
std::string grouped(std::uint64_t number);

// A line for a program.
std::string program_row(const std::string& primitive, const model::result& of);
// A line for a primitive.
std::string primitive_row(const std::string& name, const account& of);

struct claims {
  std::vector<std::string> primitives;
  std::vector<std::string> programs;

  std::string text() const;
};

// Puts the tables between their marks in the document.
bool write_into(const std::string& document, const claims& what);
// True if they stand there already; says what differs.
bool stand_in(const std::string& document, const claims& what);

}  // namespace holdfast::verify
