#!/bin/sh
# What a Prefect server must know before a worker starts: the work pool with its job template, and the deployments. Safe to repeat.
# Runs inside the image: the deployments then name the folder /app, where every run of this image finds the flows.
#   register.sh process|kubernetes|ecs [VARIABLE=DEFAULT...]
set -eu
type=$1
template=$(mktemp)
python -m infra.work_pools.filled "$@" > "$template"
prefect --no-prompt work-pool create countersign --type "$type" --base-job-template "$template" --overwrite
prefect --no-prompt deploy --all
rm "$template"
