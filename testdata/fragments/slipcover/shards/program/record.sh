#!/bin/sh -e
# Records three shards by Slipcover, its merge of them, and what coverage.py says of the same runs.
#
#     record.sh PYTHON      a CPython 3.13 that has Slipcover 1.1.0 and coverage.py 7.17.5
case "$1" in */*) python=$(realpath -s "$1") ;; *) python=$1 ;; esac
export PYTHONDONTWRITEBYTECODE=1
here=$(realpath "$(dirname "$0")")
scratch=$(mktemp -d)
cp -r "$here/run.py" "$here/shop" "$scratch"
cd "$scratch"
mkdir expected mixed
printf '[run]\nrelative_files = true\nsource = shop\n' > .coveragerc
for mode in branch lines; do
    option=; [ $mode = lines ] || option=--branch
    for shard in 1 2 3; do
        "$python" -m slipcover --json $option --source shop --out $mode-$shard.json run.py $shard
        "$python" -m coverage run --data-file=.$mode.$shard $option run.py $shard
    done
    shards="$mode-1.json $mode-2.json $mode-3.json"
    "$python" -m slipcover --merge $shards --json $option --out expected/$mode.json > table
    "$python" -m slipcover --merge $shards --xml $option --out merged.xml > table
    sed "s|<source>.*</source>|<source>/project</source>|" merged.xml > expected/$mode.xml
    cp .$mode.2 mixed/$mode-2.coverage
    "$python" -m coverage combine -q --data-file=.$mode .$mode.*
    "$python" -m coverage json -q --data-file=.$mode -o expected/$mode-coveragepy.json
done
rm -rf "$here"/../*.json "$here/../expected" "$here/../mixed"
mv branch-?.json lines-?.json expected mixed "$here/.."
rm -r "$scratch"
