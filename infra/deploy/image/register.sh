#!/bin/sh
# What a Prefect server must know before a worker starts: the work pool with its job template, its queues, the deployments, and what the
# server watches by itself. Safe to repeat: queues that are there keep the priority that they have.
# Runs inside the image: the deployments then name the folder /app, where every run of this image finds the flows.
#   register.sh process|kubernetes|ecs [VARIABLE=DEFAULT...]
set -eu
type=$1
template=$(mktemp)
python -m infra.deploy.work_pools.fill "$@" > "$template"
prefect --no-prompt work-pool create countersign --type "$type" --base-job-template "$template" --overwrite
priority=0
for queue in operator nightly bulk; do
    priority=$((priority + 1))
    prefect work-queue inspect "$queue" --pool countersign > /dev/null 2>&1 ||
        prefect --no-prompt work-queue create "$queue" --pool countersign --priority "$priority"
done
python -m infra.deploy.registration
python -m infra.cli.main automations deploy
rm "$template"
