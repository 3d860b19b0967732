#!/bin/sh
# Ranks the similarities of 120 hearts that training never saw, and adds them to the calibration that ships. Usage: percentiles.sh WORK_FOLDER
set -eu
work=$1
here=$(dirname "$0")
node=node_modules/.bin/node
apical="$node src/cli/apical.ts"
$apical phantom --out "$work/ranked" --studies 120 --seed 2027 --views A4C --clips 1 --frames 24
$node "$here/labels.ts" "$work/ranked"
$apical evaluate --labels "$work/ranked/labels.csv" --out "$work/ranking" --origin "phantoms, not patients" --data "$work/data"
$node "$here/percentiles.ts" "$work/ranking/calibration.json" "$here/../weights/echoclip/calibration.json"
