// SPDX-License-Identifier: BSL-1.0
// The subcommand demo words: counts the words of real text with several threads, under each lock.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "json_output.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "text_input.hpp"
#include "word_locks.hpp"
#include "words_report.hpp"

namespace cli {
namespace {

// Large enough that taking one costs nothing, small enough that all threads end together.
constexpr std::size_t chunk_bytes = 16384;

// Short texts are counted several times, as one run says little about a few milliseconds.
constexpr double seconds_of_rounds = 0.2;
constexpr std::size_t rounds_at_most = 25;

constexpr std::size_t top_at_most = 1'000'000;

struct words_options {
  unsigned threads = std::clamp(cpus(), 2U, threads_at_most);
  std::size_t top = 10;
  bool json = false;
  std::vector<std::string> files;
};

std::string name_of(const text_input& input) {
  return input.name == standard_input ? "standard input" : shown(input.name);
}

// Reads all, and says which are not counted and why.
bool read_inputs(const std::vector<std::string>& names, progress& steps,
                 std::vector<text_input>& inputs) {
  bool all_read = true;
  for (const std::string& name : names) {
    inputs.push_back(read_text(name));
    const text_input& fresh = inputs.back();
    if (!fresh.problem.empty()) {
      steps.warn(fmt::format("{}: {}; not counted", name_of(fresh), fresh.problem));
      all_read = false;
    } else if (fresh.bytes.empty()) {
      steps.warn(fmt::format("{}: empty", name_of(fresh)));
    }
  }
  return all_read;
}

word_row count_under(const word_lock& lock, chunk_list chunks, unsigned threads,
                     const word_counts& expected) {
  std::vector<spent> rounds;
  double seconds = 0;
  bool same = true;
  do {
    const word_result result = lock.count(chunks, threads);
    rounds.push_back(result.cost);
    seconds += result.cost.seconds;
    same = same && result.counts == expected;
  } while (seconds < seconds_of_rounds && rounds.size() < rounds_at_most);
  const auto middle = rounds.begin() + static_cast<std::ptrdiff_t>(rounds.size() / 2);
  std::nth_element(rounds.begin(), middle, rounds.end(),
                   [](const spent& a, const spent& b) { return a.seconds < b.seconds; });
  return {lock.name, *middle, rounds.size(), same};
}

// Counts under each lock; true if all agree with `expected`.
bool count_under_each(chunk_list chunks, const word_counts& expected, bool as_text, progress& steps,
                      words_report& report) {
  bool all_same = true;
  const table rows = words_table();
  if (as_text) steps.print(words_header(rows, report));
  for (const word_lock& lock : word_locks()) {
    steps.begin(std::string(lock.name));
    report.rows.push_back(count_under(lock, chunks, report.threads, expected));
    if (as_text) steps.print(words_line(rows, report, report.rows.back()));
    if (!report.rows.back().same) {
      steps.warn(fmt::format("{}: the counts differ from those of one thread", lock.name));
      all_same = false;
    }
  }
  return all_same;
}

exit_code count_words(const words_options& options, const std::vector<std::string>& names) {
  words_report report;
  report.threads = options.threads;
  {
    progress steps(word_locks().size() + 2);
    steps.begin("reading");
    report.ok = read_inputs(names, steps, report.inputs);
    std::vector<std::string_view> chunks;
    for (const text_input& each : report.inputs) append_chunks(each.bytes, chunk_bytes, chunks);

    steps.begin("one thread");
    const word_result alone = count_alone(chunks);
    report.alone = alone.cost;
    report.different = alone.counts.size();
    for (const auto& [word, count] : alone.counts) report.words += count;
    report.top = most_frequent(alone.counts, options.top);
    if (!options.json) steps.print(words_introduction(report));
    if (report.words > 0 && !count_under_each(chunks, alone.counts, !options.json, steps, report))
      report.ok = false;
  }
  if (options.json) write_json(json_of(report));
  return report.ok ? success : failure;
}

exit_code run_words(const words_options& options) {
  if (!options.files.empty()) return count_words(options, options.files);
  const std::vector<std::string> names = licence_texts();
  if (names.empty()) {
    complain(
        fmt::format("no FILE given, and the licence texts of Debian are not in {}; name a text "
                    "file, or - for standard input",
                    licence_folder));
    return failure;
  }
  return count_words(options, names);
}

constexpr const char* words_details = R"(
Words are letters of ASCII and of UTF-8; A to Z count as a to z. A FILE called like a subcommand
needs its path: ./demo.

Exit code: 0 all files counted, all counts agree (an empty file is only noted); 1 a file is missing,
unreadable, a directory, binary (has a NUL byte) or larger than 1 GiB, or a lock counted wrong, or
the output could not be written; the other files are counted all the same; 2 wrong usage.

--json prints {demo, version, cpus, threads, ok, inputs: [{name, bytes, problem}], words, different,
top: [{word, count}], one_thread: {seconds, cpu_seconds}, rows: [{lock, seconds, cpu_seconds,
words_per_second, rounds, same}]}. problem is null for a file that was counted. Short texts are
counted in several rounds; the seconds are those of the median round.)";

}  // namespace

void add_demo_words(CLI::App& demo, job& chosen) {
  auto* const words = demo.add_subcommand(
      "words", "Count words of text files, several threads into one mutex<unordered_map>");
  const auto options = std::make_shared<words_options>();
  words->add_option("-j,--threads", options->threads, "Threads that count")
      ->type_name("N")
      ->check(number_between(1U, threads_at_most))
      ->capture_default_str();
  words->add_option("--top", options->top, "How many of the most frequent words to print")
      ->check(number_between(std::size_t{0}, top_at_most))
      ->type_name("K")
      ->capture_default_str();
  words->add_flag("--json", options->json, "Print JSON for programs");
  words
      ->add_option("FILE", options->files,
                   "Text files; - is standard input; none: Debian's licence texts")
      ->type_name("");
  words->footer(words_details);
  words->callback([options, &chosen] { chosen = [options] { return run_words(*options); }; });
}

}  // namespace cli
