// SPDX-License-Identifier: BSL-1.0
// The command holdfast-verify: explores every primitive, and every mutant of it.
#include "model/verify.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string_view>

#include "model/claims.hpp"

namespace holdfast::verify {

std::vector<primitive>& primitives() {
  static std::vector<primitive> all;
  return all;
}

bool add(primitive p) {
  auto& all = primitives();
  const auto behind =
      std::ranges::find_if(all, [&](const primitive& q) { return q.name > p.name; });
  all.insert(behind, std::move(p));
  return true;
}

namespace {

struct arguments {
  bool list = false;
  bool wide = false;
  bool mutants = true;
  unsigned jobs = 2;
  std::string only;
  std::string replay;
  std::string html;
  std::string check;
  std::string write;
};

std::string source_line(const model::mutation& m) {
  std::ifstream file(m.file);
  std::string line;
  for (unsigned i = 0; i < m.line && std::getline(file, line); ++i) {
  }
  const auto begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? "" : line.substr(begin);
}

const equivalent* excuse_for(const primitive& p, const model::mutation& m) {
  const std::string line = source_line(m);
  for (const equivalent& e : p.equivalents)
    if (m.file.ends_with(e.file) && m.what == e.what && line.find(e.line) != std::string::npos)
      return &e;
  return nullptr;
}

void tell_failure(const primitive& p, const program& of, const model::result& r) {
  std::printf("FAILED %s: %s: %s\n%s\nreplay: --only '%s' --replay '%s:%s'\n", p.name.c_str(),
              of.name.c_str(), r.failure.c_str(), r.table.c_str(), p.name.c_str(), of.name.c_str(),
              r.replay.c_str());
}

// What is looked at before a waiter queues is the primitive's, though the lot asks.
bool belongs(const primitive& p, const model::mutation& m) {
  if (m.what == model::mutation::kind::no_recheck) return true;
  return std::ranges::any_of(p.files, [&](const std::string& f) { return m.file.ends_with(f); });
}

void run_programs(const primitive& p, const arguments& how, std::FILE* rows, account& sum,
                  std::vector<model::mutation>& mutants) {
  for (const program& each : p.programs) {
    if (each.wide && !how.wide) continue;
    const model::result r = model::explore(each.name.c_str(), each.how, each.build);
    std::printf("  %s\n", r.summary().c_str());
    std::fflush(stdout);
    ++sum.programs;
    sum.executions += r.executions;
    sum.covered += r.covered;
    sum.pruned += r.pruned;
    std::fputs(program_row(p.name, r).c_str(), rows);
    if (!r.failure.empty()) tell_failure(p, each, r);
    sum.ok = sum.ok && static_cast<bool>(r);
    for (const model::mutation& m : r.mutations)
      if (belongs(p, m) && std::ranges::find(mutants, m) == mutants.end()) mutants.push_back(m);
  }
}

// True if some program notices.
bool is_killed(const primitive& p, const model::mutation& m, account& sum) {
  for (const program& each : p.programs) {
    if (!each.for_mutants || each.wide) continue;
    model::options how = each.how;
    how.changed = m;
    how.executions_at_most = std::min<std::uint64_t>(how.executions_at_most, 100'000);
    const model::result r = model::explore(each.name.c_str(), how, each.build);
    sum.of_mutants += r.executions;
    if (!r.failure.empty() || r.truncated != 0) return true;
  }
  return false;
}

void run_mutants(const primitive& p, const std::vector<model::mutation>& mutants, account& sum) {
  for (const model::mutation& m : mutants) {
    ++sum.mutants;
    const equivalent* const excuse = excuse_for(p, m);
    if (is_killed(p, m, sum)) {
      ++sum.killed;
      if (excuse != nullptr) {
        std::printf("  KILLED although it is listed as harmless: %s\n", m.text().c_str());
        sum.ok = false;
      }
    } else if (excuse != nullptr) {
      ++sum.excused;
    } else {
      std::printf("  SURVIVED: %s\n    %s\n", m.text().c_str(), source_line(m).c_str());
      sum.ok = false;
    }
  }
}

account run(const primitive& p, const arguments& how, std::FILE* rows) {
  const auto begin = std::chrono::steady_clock::now();
  account sum;
  std::printf("%s\n", p.name.c_str());
  std::vector<model::mutation> mutants;
  run_programs(p, how, rows, sum, mutants);
  if (how.mutants && sum.ok) run_mutants(p, mutants, sum);
  sum.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("  %s: %s executions run, %s covered, %u of %u mutants killed, %u harmless, %.1f s\n",
              sum.ok ? "ok" : "FAILED", grouped(sum.executions).c_str(),
              grouped(sum.covered).c_str(), sum.killed, sum.mutants, sum.excused, sum.seconds);
  std::fflush(stdout);
  std::fflush(rows);
  return sum;
}

int replay(const primitive& p, const arguments& asked) {
  const std::string& text = asked.replay;
  const auto colon = text.rfind(':');
  for (const program& each : p.programs) {
    if (each.name != text.substr(0, colon)) continue;
    model::options how = each.how;
    how.replay = text.substr(colon + 1);
    const model::result r = model::explore(each.name.c_str(), how, each.build);
    std::printf("%s\n%s", r.failure.empty() ? "nothing failed" : r.failure.c_str(),
                r.table.c_str());
    if (!asked.html.empty()) std::ofstream(asked.html) << r.html;
    return r.failure.empty() ? 0 : 1;
  }
  std::fprintf(stderr, "holdfast-verify: no program '%s'\n", text.substr(0, colon).c_str());
  return 2;
}

struct outcome {
  account sum;
  std::string rows;
};

std::string all_of(std::FILE* file) {
  std::rewind(file);
  std::string all;
  char text[4096];
  for (std::size_t n = 0; (n = std::fread(text, 1, sizeof text, file)) != 0;) all.append(text, n);
  std::fclose(file);
  return all;
}

// A primitive that is explored in a process of its own.
struct child {
  const primitive* of;
  int results;
  std::FILE* output;
  std::FILE* rows;
};

child begin(const primitive& of, const arguments& how, pid_t& pid) {
  int ends[2];
  child made{&of, -1, std::tmpfile(), std::tmpfile()};
  if (::pipe(ends) != 0 || made.output == nullptr || made.rows == nullptr) {
    std::perror("holdfast-verify");
    std::exit(2);
  }
  std::fflush(stdout);
  pid = ::fork();
  if (pid == 0) {
    if (how.jobs > 1) ::dup2(::fileno(made.output), 1);
    const account sum = run(of, how, made.rows);
    ::_exit(::write(ends[1], &sum, sizeof sum) == sizeof sum ? 0 : 2);
  }
  ::close(ends[1]);
  made.results = ends[0];
  return made;
}

outcome end(const child& ended, int status) {
  outcome of;
  const bool told = ::read(ended.results, &of.sum, sizeof of.sum) == sizeof of.sum;
  if (!told || !WIFEXITED(status) || WEXITSTATUS(status) != 0) of.sum.ok = false;
  ::close(ended.results);
  std::fputs(all_of(ended.output).c_str(), stdout);
  of.rows = all_of(ended.rows);
  if (WIFSIGNALED(status)) std::printf("  FAILED: ended by signal %d\n", WTERMSIG(status));
  std::fflush(stdout);
  return of;
}

// `jobs` at a time; their output comes in one piece each.
std::map<std::string, outcome> run_all(const arguments& how) {
  std::map<std::string, outcome> all;
  std::vector<const primitive*> left;
  for (const primitive& p : primitives())
    if (how.only.empty() || p.name.find(how.only) != std::string::npos) left.push_back(&p);
  std::map<pid_t, child> running;
  while (!left.empty() || !running.empty()) {
    while (!left.empty() && running.size() < how.jobs) {
      pid_t pid = 0;
      const child next = begin(*left.front(), how, pid);
      running.emplace(pid, next);
      left.erase(left.begin());
    }
    int status = 0;
    const auto it = running.find(::wait(&status));
    if (it == running.end()) continue;
    all[it->second.of->name] = end(it->second, status);
    running.erase(it);
  }
  return all;
}

bool tell_claims(const std::map<std::string, outcome>& all, const arguments& how) {
  claims what;
  for (const auto& [name, of] : all) {
    what.primitives.push_back(primitive_row(name, of.sum));
    what.programs.push_back(of.rows);
  }
  if (!how.write.empty()) return write_into(how.write, what);
  return how.check.empty() || stand_in(how.check, what);
}

}  // namespace
}  // namespace holdfast::verify

// 0: verified. 1: something failed, or nothing was done. 2: wrong arguments.
int main(int argc, char** argv) {
  using namespace holdfast::verify;
  arguments how;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto next = [&]() -> std::string { return i + 1 < argc ? argv[++i] : ""; };
    if (word == "--list")
      how.list = true;
    else if (word == "--long")
      how.wide = true;
    else if (word == "--no-mutants")
      how.mutants = false;
    else if (word == "--jobs")
      how.jobs = static_cast<unsigned>(std::max(1, std::atoi(next().c_str())));
    else if (word == "--only")
      how.only = next();
    else if (word == "--replay")
      how.replay = next();
    else if (word == "--html")
      how.html = next();
    else if (word == "--check")
      how.check = next();
    else if (word == "--write")
      how.write = next();
    else {
      std::fprintf(stderr,
                   "usage: holdfast-verify [--list] [--long] [--no-mutants] [--jobs N] [--only "
                   "PRIMITIVE] [--replay PROGRAM:TEXT [--html FILE]] [--check DOCUMENT] [--write "
                   "DOCUMENT]\n");
      return 2;
    }
  }
  // A long test run asks for the wide bounds, too; the document tells of the others.
  const char* const scale = std::getenv("HOLDFAST_TEST_SCALE");
  if (!how.check.empty() && scale != nullptr && std::atof(scale) > 1) {
    how.wide = true;
    how.check.clear();
  }
  if (!(how.check.empty() && how.write.empty()) &&
      (how.wide || !how.mutants || !how.only.empty())) {
    std::fprintf(stderr, "holdfast-verify: a document tells of all programs but the wide ones\n");
    return 2;
  }
  if (how.list) {
    for (const primitive& p : primitives()) std::printf("%s\n", p.name.c_str());
    return 0;
  }
  if (!how.replay.empty()) {
    for (const primitive& p : primitives())
      if (p.name == how.only) return replay(p, how);
    std::fprintf(stderr, "holdfast-verify: a replay needs --only with a whole name of --list\n");
    return 2;
  }
  const auto all = run_all(how);
  if (all.empty()) {
    std::fprintf(stderr, "holdfast-verify: no primitive has '%s' in its name; --list names them\n",
                 how.only.c_str());
    return 2;
  }
  account sum;
  for (const auto& [name, each] : all) {
    sum.executions += each.sum.executions;
    sum.of_mutants += each.sum.of_mutants;
    sum.killed += each.sum.killed;
    sum.excused += each.sum.excused;
    sum.mutants += each.sum.mutants;
    sum.ok = sum.ok && each.sum.ok;
  }
  if (sum.executions == 0) sum.ok = false;
  if (sum.ok) sum.ok = tell_claims(all, how);
  std::printf("%s: %zu primitives, %llu executions, %u/%u mutants killed\n",
              sum.ok ? "verified" : "NOT VERIFIED", all.size(),
              static_cast<unsigned long long>(sum.executions + sum.of_mutants), sum.killed,
              sum.mutants - sum.excused);
  return sum.ok ? 0 : 1;
}
