// SPDX-License-Identifier: BSL-1.0
// The subcommand run: runs a program with the pthread calls of holdfast.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "lock/child.hpp"
#include "output.hpp"
#include "page.hpp"
#include "run_command.hpp"
#include "target.hpp"

namespace cli {
namespace {

constexpr const char* library_name = "libholdfast-pthread.so";

struct run_options {
  bool follow = false;
  bool stats = false;
  bool json = false;
  std::vector<std::string> command;
};

// Installed, it lies where the build said in relation to this command; else beside it in the folder of
// the build.
std::string find_library() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& folder : {here / HOLDFAST_PRELOAD_FROM_BIN, here / "../preload"}) {
    const fs::path path = (folder / library_name).lexically_normal();
    if (!fs::exists(path, ignored)) continue;
    if (path.string().find_first_of(": ") != std::string::npos)
      throw target_refused(run_without_library,
                           fmt::format("{} has a space or a colon in its path, which the loader "
                                       "does not understand",
                                       shown(path.string())));
    return path.string();
  }
  throw target_refused(run_without_library,
                       fmt::format("there is no {} beside this command", library_name));
}

// NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
void tell_environment(const run_options& options, const std::string& library, const page& shared,
                      unsigned envs_before) {
  const char* const others = std::getenv("LD_PRELOAD");
  const std::string all = others == nullptr || *others == '\0' ? library : library + ":" + others;
  ::setenv("LD_PRELOAD", all.c_str(), 1);
  std::string report = (options.follow ? "follow:" : "alone:") + shared.path();
  for (; envs_before != 0 && !options.follow; --envs_before) report.insert(0, preload::before_env);
  ::setenv(preload::report_variable, report.c_str(), 1);
}
// NOLINTEND(concurrency-mt-unsafe)

exit_code run_program(const run_options& options) {
  try {
    const std::string library = find_library();
    const unsigned envs_before = refuse_unsuitable(options.command.front());
    const page shared(options.stats || options.json);
    tell_environment(options, library, shared, envs_before);
    child command;
    const ending end = command.run(options.command, std::nullopt);
    if (end.exec_error != 0) {
      complain(fmt::format("{} cannot be run", shown(options.command.front())));
      return static_cast<exit_code>(end.exit_code);
    }
    if (options.json)
      tell_json(shared.as_json());
    else if (options.stats)
      complain("what the program used\n" + shared.table());
    if (!shared.library_came_up() && end.signal == 0) {
      complain(fmt::format("{} has run without the library: the loader did not take it",
                           shown(options.command.front())));
      return run_without_library;
    }
    end_as(end);
    return static_cast<exit_code>(end.exit_code);
  } catch (const target_refused& refusal) {
    complain(refusal.what());
    return refusal.code();
  }
}

// Behind "--", or from the first word that is no option.
std::vector<std::string> cut_program(std::vector<std::string>& words) {
  std::size_t own = 1;
  while (own < words.size() && words[own].size() > 1 && words[own].front() == '-' &&
         words[own] != "--")
    ++own;
  const std::size_t first = own < words.size() && words[own] == "--" ? own + 1 : own;
  std::vector<std::string> command(words.begin() + static_cast<std::ptrdiff_t>(first), words.end());
  words.resize(own);
  return command;
}

class usage_with_program : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    static_cast<void>(app);
    return "Usage: " + name + " [OPTIONS] [--] PROGRAM [ARGUMENT]...\n";
  }
};

constexpr const char* details = R"(
Runs PROGRAM, which need not be changed, with the mutexes, condition variables, reader-writer and spin locks,
barriers, unnamed semaphores and once of holdfast instead of the C library's: the pthread calls and those of
<threads.h>. Robust, priority-inheriting and process-shared objects and named semaphores stay the C
library's. Signals that are sent to holdfast go to the program.

What cannot be run so is refused: statically linked, of Go, for 32 bits or another C library, setuid or
with capabilities, built with a sanitizer. Programs that PROGRAM starts are left alone, unless --follow.

Exit code: that of the program, 128 + signal if one ended it; or
  64 wrong usage        69 the library is missing, or was not loaded
  126 refused           127 not found

--json prints, on standard error, {processes, used}; each of used has kind, replaced, objects, acquired,
released, waits, signals.

  holdfast run -- python3 server.py
  holdfast run --stats -- sysbench mutex run
  holdfast run --follow -- make -j8)";

}  // namespace

void add_run(CLI::App& app, std::vector<std::string>& words, job& chosen) {
  auto* const run = app.add_subcommand("run", "Run a program with the locks of holdfast");
  const auto options = std::make_shared<run_options>();
  run->add_flag("--follow", options->follow, "The programs that it starts get them too");
  run->add_flag(
      "--stats", options->stats,
      "At the end, tell on standard error what was replaced, and what was passed through");
  run->add_flag("--json", options->json, "Tell it in one line of JSON");
  run->formatter(std::make_shared<usage_with_program>());
  run->footer(details);
  run->callback([options, &chosen] {
    if (options->command.empty()) throw CLI::ValidationError("say which program to run");
    chosen = [options] { return run_program(*options); };
  });
  if (!words.empty() && words.front() == run->get_name()) options->command = cut_program(words);
}

}  // namespace cli
