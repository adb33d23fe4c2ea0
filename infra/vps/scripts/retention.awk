# Says which backups may go. In: ids of backups (20261124T031500Z), one a line, in any order. Out: those that no rule keeps.
# The newest of each of the last `days` days, `weeks` weeks (from Monday) and `months` months that have one are kept, and all
# of the 24 hours before the newest. Days without a backup do not count: a schedule that stood still costs no backup.

# Days since 1970-01-01 (http://howardhinnant.github.io/date_algorithms.html#days_from_civil).
function days_of(year, month, day,    era, of_era, of_year) {
  year -= month <= 2
  era = int(year / 400)
  of_era = year - era * 400
  of_year = int((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + int(of_era / 4) - int(of_era / 100) + of_year - 719468
}

length($0) == 16 && /^[0-9]+T[0-9]+Z$/ { ids[++count] = $0 }

END {
  # Insertion sort, newest first: a few dozen ids.
  for (i = 2; i <= count; i++) {
    id = ids[i]
    for (j = i - 1; j >= 1 && ids[j] < id; j--) ids[j + 1] = ids[j]
    ids[j + 1] = id
  }
  for (i = 1; i <= count; i++) {
    id = ids[i]
    day = days_of(substr(id, 1, 4) + 0, substr(id, 5, 2) + 0, substr(id, 7, 2) + 0)
    at = day * 86400 + substr(id, 10, 2) * 3600 + substr(id, 12, 2) * 60 + substr(id, 14, 2)
    if (i == 1) newest = at
    kept = newest - at < 86400
    kept += first_of("day " day) && day_count++ < days
    kept += first_of("week " int((day + 3) / 7)) && week_count++ < weeks
    kept += first_of("month " substr(id, 1, 6)) && month_count++ < months
    if (!kept) print id
  }
}
function first_of(period) { return !(period in seen) && (seen[period] = 1) }
