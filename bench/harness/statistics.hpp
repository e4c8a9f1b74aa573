// SPDX-License-Identifier: BSL-1.0
// The few statistics that the tables show.
#pragma once

#include <vector>

namespace bench {

// The value below which the share `q` (0 to 1) of the values lies, interpolated; NaN without
// values.
double quantile(std::vector<double> values, double q);

double median(std::vector<double> values);

// Distance between the quartiles, in percent of the median.
double spread_percent(const std::vector<double>& values);

// Jain's index of fairness: 1 when all shares are equal, 1/n when one has everything.
double jain(const std::vector<double>& shares);

}  // namespace bench
