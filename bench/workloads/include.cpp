// SPDX-License-Identifier: BSL-1.0
// Workload `include`: what the compiler takes for our headers, beside those of the standard
// library.
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fmt/core.h>

#include "harness/host.hpp"
#include "harness/progress.hpp"
#include "harness/quiet.hpp"
#include "harness/statistics.hpp"
#include "harness/table.hpp"
#include "workloads/workload.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

struct subject {
  const char* name;
  const char* text;
};
constexpr subject subjects[] = {
    {"(empty file)", ""},
    {"<atomic>", "#include <atomic>\n"},
    {"<mutex>", "#include <mutex>\n"},
    {"<shared_mutex>", "#include <shared_mutex>\n"},
    {"<holdfast/spin/spin_lock.hpp>", "#include <holdfast/spin/spin_lock.hpp>\n"},
    {"<holdfast/mutex.hpp>", "#include <holdfast/mutex.hpp>\n"},
    {"<holdfast/mutex.hpp>, a lock and a use",
     "#include <holdfast/mutex.hpp>\n"
     "holdfast::mutex<long> total{0};\nvoid add(long n) { *total.lock().operator->() += n; }\n"},
};

// A folder of the temporary ones, removed at the end.
class scratch {
 public:
  scratch() : path_(fs::temp_directory_path() / fmt::format("holdfast-bench-{:x}", seed())) {
    fs::create_directories(path_);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string write(std::size_t number, const char* text) const {
    const fs::path file = path_ / fmt::format("subject{}.cpp", number);
    std::ofstream(file) << text;
    return file.string();
  }
  std::string output() const { return (path_ / "out.o").string(); }

 private:
  static unsigned seed() { return std::random_device()(); }
  fs::path path_;
};

std::vector<std::string> command_for(const std::string& compiler, const std::string& file,
                                     const std::string& output) {
  return {compiler, "-std=c++20", "-O2", "-I",  HOLDFAST_BENCH_INCLUDE_DIR,
          "-c",     file,         "-o",  output};
}

// One compilation of each subject, in random order: CPU milliseconds.
std::vector<double> compile_all(const std::vector<std::vector<std::string>>& commands,
                                random_source& random) {
  std::vector<double> milliseconds(commands.size());
  for (const std::size_t i : shuffled(commands.size(), random)) {
    const command_result run = run_command(commands[i]);
    if (run.exit_code != 0)
      throw std::runtime_error(
          fmt::format("include: {} failed on {}; name another compiler with "
                      "--compiler or the environment variable CXX",
                      commands[i].front(), subjects[i].name));
    milliseconds[i] = run.cpu_seconds * 1e3;
  }
  return milliseconds;
}

}  // namespace

outcome run_include(const settings& how, random_source& random) {
  const scratch folder;
  std::vector<std::vector<std::string>> commands;
  commands.reserve(std::size(subjects));
  for (std::size_t i = 0; i < std::size(subjects); ++i)
    commands.push_back(
        command_for(how.compiler, folder.write(i, subjects[i].text), folder.output()));
  compile_all(commands, random);  // fills the file cache

  quiet_room quiet(how.rounds);
  std::vector<std::vector<double>> samples(std::size(subjects));  // of each subject by round
  std::vector<std::vector<double>> added(std::size(subjects));    // more than the empty file
  progress shown_progress("include", how.rounds);
  for (std::size_t round = 0; round < how.rounds; ++round) {
    const auto times = quiet.sample([&] { return compile_all(commands, random); });
    for (std::size_t i = 0; i < times.size(); ++i) {
      samples[i].push_back(times[i]);
      added[i].push_back(times[i] - times[0]);
    }
    shown_progress.advance();
  }

  outcome result;
  table shown({"compile time", "CPU ms", "IQR %", "ms more than empty"});
  for (std::size_t i = 0; i < samples.size(); ++i) {
    shown.add({subjects[i].name, fmt::format("{:.0f}", median(samples[i])),
               fmt::format("{:.1f}", spread_percent(samples[i])),
               fmt::format("{:+.0f}", median(added[i]))});
    result.results["subjects"][subjects[i].name] = {{"cpu_ms", samples[i]},
                                                    {"added_ms", median(added[i])}};
  }
  shown.print();
  fmt::print("{} -std=c++20 -O2 -c\n", how.compiler);
  fmt::print("{}\n", quiet.summary("rounds"));
  result.results["rounds"] = quiet.to_json();
  result.results["compiler"] = how.compiler;
  return result;
}

}  // namespace bench
