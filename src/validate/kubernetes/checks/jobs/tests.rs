//! Jobs and `CronJob`s, each sound and spoilt.

use crate::validate::kubernetes::tests::each_is_found;

#[test]
#[rustfmt::skip]
fn jobs_end() {
    each_is_found(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {parallelism: 1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: i}]}}}}",
        &[
            ("parallelism: 1", "parallelism: -1", "0 is the least"),
            ("restartPolicy: Never, ", "", "a job's pods must be able to end"),
            ("parallelism: 1", "managedBy: me", "no domain and name"),
            ("parallelism: 1", "completionMode: \"\"", "is empty"),
            ("parallelism: 1", "maxFailedIndexes: 1", "with `maxFailedIndexes` add"),
            ("parallelism: 1", "backoffLimitPerIndex: 1", "goes only with `completionMode: Indexed`"),
            ("parallelism: 1", "parallelism: 1, completionMode: Indexed", "add `completions:`"),
            ("parallelism: 1", "selector: {matchLabels: {a: b}}", "labels beside those that the server makes up"),
            ("parallelism: 1", "manualSelector: true", "with `manualSelector: true` add `selector:`"),
            ("parallelism: 1", "manualSelector: true, selector: {matchLabels: {a: b}}", "are not those that `selector` asks for"),
            ("template: {spec: {restartPolicy: Never, containers: [{name: a, image: i}]}}", "suspend: true", "`spec.template` of Job \"j\" is missing"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn jobs_with_indexes() {
    each_is_found(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {completionMode: Indexed, completions: 10, parallelism: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 5, podReplacementPolicy: Failed, podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {containerName: a, operator: In, values: [1, 42]}}, {action: Ignore, onPodConditions: [{type: DisruptionTarget, status: \"True\"}]}]}, successPolicy: {rules: [{succeededIndexes: \"0,2-4\", succeededCount: 3}]}, template: {spec: {restartPolicy: Never, containers: [{name: a, image: i}]}}}}",
        &[
            ("maxFailedIndexes: 5", "maxFailedIndexes: 11", "10 is the most here"),
            ("completions: 10, parallelism: 2, ", "completions: 200000, parallelism: 20000, ", "10000 is the most here"),
            ("completions: 10, parallelism: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 5", "completions: 200000, backoffLimitPerIndex: 1", "completions add `maxFailedIndexes:`"),
            ("podReplacementPolicy: Failed", "podReplacementPolicy: TerminatingOrFailed", "supported are Failed"),
            ("restartPolicy: Never", "restartPolicy: OnFailure", "does not go with `podFailurePolicy`"),
            ("backoffLimitPerIndex: 1, maxFailedIndexes: 5, ", "", "needs `backoffLimitPerIndex`"),
            ("action: FailIndex, ", "", "action` of Job \"j\" is missing"),
            ("containerName: a", "containerName: b", "names no container of the job"),
            ("operator: In, ", "", "operator` of Job \"j\" is missing"),
            ("[1, 42]", "[]", "values` of Job \"j\" is empty"),
            ("[1, 42]", "[0, 42]", "with which no container fails"),
            ("[1, 42]", "[42, 1]", "is less than the one before it"),
            ("[1, 42]", "[1, 1]", "once more"),
            ("onExitCodes: {containerName: a, operator: In, values: [1, 42]}", "onPodConditions: []", "does not say when it counts"),
            ("{action: Ignore,", "{action: Ignore, onExitCodes: {operator: In, values: [1]},", "stands beside"),
            ("type: DisruptionTarget, ", "", "type` of Job \"j\" is missing"),
            ("type: DisruptionTarget", "type: a b", "has a space"),
            ("status: \"True\"", "status: \"Yes\"", "is not supported"),
            ("{rules: [{succeededIndexes: \"0,2-4\", succeededCount: 3}]}", "{rules: []}", "rules` of Job \"j\" is empty"),
            ("{succeededIndexes: \"0,2-4\", succeededCount: 3}", "{}", "does not say when the job has succeeded"),
            ("0,2-4", "0,2-10", "no list of indexes below 10"),
            ("0,2-4", "2,0", "no list of indexes"),
            ("succeededCount: 3", "succeededCount: 5", "is 5, and there are 4"),
            ("name: j}", "name: j.k}", "makes the host name `j.k-9`"),
        ],
    );
}

#[test]
#[rustfmt::skip]
fn cron_jobs() {
    each_is_found(
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: \"0 3 * * 1-5\", timeZone: Etc/UTC, startingDeadlineSeconds: 1, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: i}]}}}}}}",
        &[
            ("schedule: \"0 3 * * 1-5\", ", "", "`spec.schedule` of CronJob \"c\" is missing"),
            ("0 3 * * 1-5", "0 3 * *", "has 4 fields"),
            ("0 3 * * 1-5", "0 25 * * *", "has the hour `25`"),
            ("Etc/UTC", "Local", "no name of a time zone"),
            ("startingDeadlineSeconds: 1", "startingDeadlineSeconds: -1", "0 is the least"),
            ("jobTemplate: {spec: {template", "jobTemplate: {spec: {selector: {}, template", "each job gets its own selector"),
            ("restartPolicy: Never, ", "", "a job's pods must be able to end"),
            ("name: c}", "name: ccccccccccccccccccccccccccccccccccccccccccccccccccccc}", "52 is the most"),
        ],
    );
}
