#!/bin/sh
# Makes phantoms, trains both networks on them, calibrates, and writes ../weights. Usage: train.sh WORK_FOLDER
set -eu
work=$1
here=$(dirname "$0")
node=node_modules/.bin/node
python=/usr/bin/python3
weights=$here/../weights
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1

frames() { # name, clips, further options
  name=$1
  clips=$2
  shift 2
  [ -f "$work/$name/truth.json" ] || $node "$here/frames.ts" --out "$work/$name" --clips "$clips" --seed "$name" "$@"
}
all=A4C,A2C,A3C,A5C,PLAX,PSAX,SSN,subcostal
frames views 1280 --views $all --doppler
frames views-test 160 --views $all --doppler
frames a4c-0 1000
frames a4c-1 1000
frames a4c-3 240
frames a4c-4 400
frames a4c-cal 240
frames a4c-test 200
$node "$here/sentences.ts" "$work/sentences.json"
$python "$here/train_views.py" "$work/view-classifier" 24 "$work/views-test" "$work/views" "$work/a4c-1"
# The second run goes on from what the first left.
$python "$here/train_clip.py" "$work/sentences.json" "$work/echoclip" 29 "$work/a4c-test" "$work/a4c-0" "$work/a4c-1"
$python "$here/train_clip.py" "$work/sentences.json" "$work/echoclip" 18 "$work/a4c-test" \
  "$work/a4c-0" "$work/a4c-1" "$work/a4c-3" "$work/a4c-4"
$python "$here/calibrate.py" "$work/sentences.json" "$work/echoclip" "$work/a4c-cal" "$work/a4c-test"
cp "$work/view-classifier"/* "$weights/view-classifier"
cp "$work/echoclip"/* "$weights/echoclip"
sh "$here/percentiles.sh" "$work"
