// SPDX-License-Identifier: BSL-1.0
// Help, and help with mistakes.
#include "usage.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "output.hpp"

namespace cli {
namespace {

// The number of characters to insert, remove or replace (V. Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// The subcommand that the user has reached.
const CLI::App& reached(const CLI::App& app) {
  const auto below = app.get_subcommands();
  return below.empty() ? app : reached(*below.back());
}

std::string full_name(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : full_name(*parent) + ' ' + app.get_name();
}

std::vector<std::string> known_words(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    words.push_back(each->get_name());
  for (const CLI::Option* each : app.get_options())
    for (const std::string& name : each->get_lnames()) words.push_back("--" + name);
  return words;
}

std::string message_for(const CLI::App& app, const CLI::App& at, const CLI::ParseError& error) {
  const std::vector<std::string> strangers = app.remaining(true);
  if (strangers.empty() && &app == &at) return "say what to do; 'holdfast demo' is a good start";
  if (strangers.empty()) return error.what();
  const std::string word = strangers.front().substr(0, strangers.front().find('='));
  const std::string meant = closest(word, known_words(at));
  return fmt::format("unknown argument '{}'{}", shown(word),
                     meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant));
}

}  // namespace

exit_code answer(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    write_out(fmt::format("{}\n", error.what()));
    return success;
  }
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    write_out(app.help());
    return success;
  }
  const CLI::App& at = reached(app);
  complain(message_for(app, at, error));
  complain(fmt::format("try '{} --help'", full_name(at)));
  return usage_error;
}

std::string closest(std::string_view word, const std::vector<std::string>& names) {
  const std::size_t slips_at_most = word.size() < 4 ? 1 : 2;
  std::string best;
  std::size_t best_distance = slips_at_most + 1;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(word, name);
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace cli
