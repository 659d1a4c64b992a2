# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# What the scripts share: progress lines, logs of quiet commands, sums of closing lines. A closing
# line is "N passed, N failed, N skipped", the last line of each script and test program.
#
# Sourced after `root` is set.

logs=${root:?}/build/log
sum_passed=0
sum_failed=0
sum_skipped=0

if [ -t 1 ] && [ "${NO_COLOR:-}" = "" ]; then
    bold=$(printf '\033[1m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
else
    bold='' red='' plain=''
fi

say() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }
complain() { printf '%s%s%s\n' "$red" "$*" "$plain" >&2; }

# quietly NAME COMMAND…: runs COMMAND with its output in build/log/NAME.log.
quietly() {
    quiet_log=$logs/$1.log
    shift
    mkdir -p "$logs"
    "$@" >"$quiet_log" 2>&1
}

# add_closing LINE: adds a closing line to the sums; fails when LINE is none.
add_closing() {
    case $1 in
    *[0-9]" passed, "*[0-9]" failed, "*[0-9]" skipped") ;;
    *) return 1 ;;
    esac
    # shellcheck disable=SC2086 # the words are wanted
    set -- $1
    sum_passed=$((sum_passed + $1))
    sum_failed=$((sum_failed + $3))
    sum_skipped=$((sum_skipped + $5))
}

# add_result NAME STATUS LOG: takes over the closing line at the end of LOG. A program that ends
# without one, or fails without naming a failure, counts as one failure.
add_result() {
    result_line=$(tail -n 1 "$3")
    result_failed=$sum_failed
    if ! add_closing "$result_line"; then
        result_line="ended with status $2"
        if [ "$2" -eq 0 ]; then sum_passed=$((sum_passed + 1)); fi
    fi
    if [ "$2" -ne 0 ] && [ "$sum_failed" -eq "$result_failed" ]; then
        sum_failed=$((sum_failed + 1))
    fi
    printf '  %-24s %s\n' "$1" "$result_line"
}

# closing: prints the sums as a closing line; its status says whether nothing failed.
closing() {
    printf '%d passed, %d failed, %d skipped\n' "$sum_passed" "$sum_failed" "$sum_skipped"
    [ "$sum_failed" -eq 0 ]
}

# stage NAME COMMAND…: runs a script that shows its own progress and takes over its closing line.
stage() {
    stage_log=$logs/stage-$1.log
    stage_name=$1
    shift
    mkdir -p "$logs"
    # The status goes around tee by a file: a pipe gives only its last command's.
    { { "$@" && echo 0 >"$stage_log.status"; } || echo 1 >"$stage_log.status"; } 2>&1 | tee "$stage_log"
    stage_status=$(cat "$stage_log.status")
    add_result "$stage_name" "$stage_status" "$stage_log" >/dev/null
}
