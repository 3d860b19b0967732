"""Learns thresholds and intervals on phantoms that training never saw, and measures on others.

Usage: calibrate.py SENTENCES.json WEIGHTS_FOLDER CALIBRATION_FRAMES TEST_FRAMES
"""

import hashlib
import json
import math
import sys

import numpy as np
import torch

from data import Frames
from network import read_safetensors
from score import answers, area_under_curve
from train_clip import MEAN, STD, Model, truth_of

LEVEL = 0.9
# Phantoms have no study dates; those of the demonstration stand for them.
DAY = "2026-01-05"


def load(path, findings, used):
    model = Model(findings, used)
    model.load_named(read_safetensors(path))
    return model.to(memory_format=torch.channels_last)


def best_threshold(positive, negative):
    """Where sensitivity and specificity together are highest: midway between the neighbouring similarities."""
    values = np.sort(np.unique(np.concatenate([positive, negative])))
    middles = (values[1:] + values[:-1]) / 2
    gains = [(np.array(positive) >= one).mean() + (np.array(negative) < one).mean() for one in middles]
    best = np.flatnonzero(np.isclose(gains, np.max(gains)))
    return float(middles[best[len(best) // 2]])


def interval(errors, level):
    """Conformal: the error that a new case stays under with the given certainty."""
    ordered = np.sort(errors)
    place = min(len(ordered) - 1, math.ceil((len(ordered) + 1) * level) - 1)
    return max(0.0, float(ordered[place]))


def calibrate(finding, rows):
    if finding["kind"] == "measurement":
        truths, guesses = np.array(rows).T
        scale, offset = np.polyfit(guesses, truths, 1)
        errors = truths - (scale * guesses + offset)
        margins = {"below": interval(-errors, (1 + LEVEL) / 2), "above": interval(errors, (1 + LEVEL) / 2), "level": LEVEL}
        return {"kind": "measurement", "scale": float(scale), "offset": float(offset), "interval": margins}
    if finding["kind"] == "presence":
        return {"kind": "presence", "threshold": best_threshold(*split(rows, 0, lambda t: t == 1, lambda t: t == 0))}
    return {"kind": "grade", "thresholds": dict(zip(finding["grades"][1:], grade_thresholds(rows)))}


def grade_thresholds(rows):
    """One for each grade but the first, chosen in turns for the most right answers, each grade counting alike."""
    truths = np.array([t for t, _ in rows])
    similarities = np.array([s for _, s in rows])
    thresholds = [
        best_threshold(*split(rows, place, lambda t, p=place: t == p, lambda t, p=place: t < p)) for place in (1, 2, 3)
    ]
    for _ in range(3):
        for place in (3, 2, 1):
            values = np.unique(similarities[:, place])
            best = (balanced(truths, given(similarities, thresholds)), 0, thresholds[place - 1])
            for one in (values[1:] + values[:-1]) / 2:
                tried = [*thresholds[: place - 1], float(one), *thresholds[place:]]
                found = (balanced(truths, given(similarities, tried)), -abs(one - thresholds[place - 1]), float(one))
                best = max(best, found)
            thresholds[place - 1] = best[2]
    return thresholds


def given(similarities, thresholds):
    """The gravest grade that is reached."""
    reached = similarities[:, 1:] >= np.array(thresholds)
    return np.where(reached.any(1), 3 - np.argmax(reached[:, ::-1], axis=1), 0)


def balanced(truths, answers):
    return float(np.mean([(answers[truths == grade] == grade).mean() for grade in np.unique(truths)]))


def split(rows, column, positive, negative):
    return [s[column] for t, s in rows if positive(t)], [s[column] for t, s in rows if negative(t)]


def measure(finding, calibrated, rows):
    def said(value):
        return {"value": round(float(value), 3)}

    if finding["kind"] == "measurement":
        truths, guesses = np.array(rows).T
        errors = calibrated["scale"] * guesses + calibrated["offset"] - truths
        margins = calibrated["interval"]
        covered = (errors <= margins["below"]) & (-errors <= margins["above"])
        return {"MAE": said(np.abs(errors).mean()), "bias": said(errors.mean()), "coverage": said(covered.mean())}
    if finding["kind"] == "presence":
        positive, negative = split(rows, 0, lambda t: t == 1, lambda t: t == 0)
        threshold = calibrated["threshold"]
        return {
            "AUC": said(area_under_curve(positive, negative)),
            "sensitivity": said((np.array(positive) >= threshold).mean()),
            "specificity": said((np.array(negative) < threshold).mean()),
        }
    found = given(np.array([s for _, s in rows]), [calibrated["thresholds"][grade] for grade in finding["grades"][1:]])
    return {
        f"AUC {finding['grades'][-1]}": said(area_under_curve(*split(rows, 3, lambda t: t == 3, lambda t: t != 3))),
        "accuracy": said(np.mean(found == np.array([t for t, _ in rows]))),
    }


def is_read(finding, table):
    """Whether the text tower was taught the tokens of a finding's sentences: of one that it was not, nothing is learnt."""
    return all(table[token].any() for prompt in finding["prompts"] for token in prompt["ids"])


def rounded(value):
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return round(value, 5) if isinstance(value, float) else value


def main(sentences, weights, calibration_folder, test_folder):
    torch.set_num_threads(1)
    findings = json.load(open(sentences))["findings"]
    used = sorted({token for f in findings for one in f["prompts"] + f["denials"] for token in one["ids"]})
    checkpoint = f"{weights}/open_clip_model.safetensors"
    model = load(checkpoint, findings, used)
    known, unseen = (
        answers(model, findings, Frames([folder]), (MEAN, STD), truth_of) for folder in (calibration_folder, test_folder)
    )
    table = read_safetensors(checkpoint)["token_embedding.weight"]
    result = {}
    for finding in findings:
        if not is_read(finding, table):
            print(finding["id"], "is a similarity only: the text tower was not taught its words", flush=True)
            continue
        calibrated = calibrate(finding, known[finding["id"]])
        result[finding["id"]] = rounded({**calibrated, "measured": measure(finding, calibrated, unseen[finding["id"]])})
        print(finding["id"], json.dumps(result[finding["id"]]["measured"]), flush=True)
    document = {
        "origin": "phantoms, not patients",
        "cases": len(next(iter(known.values()))),
        "from": DAY,
        "to": DAY,
        "createdOn": DAY,
        "checkpoint": hashlib.sha256(open(checkpoint, "rb").read()).hexdigest(),
        "findings": result,
    }
    with open(f"{weights}/calibration.json", "w") as file:
        file.write(json.dumps(document, indent=2) + "\n")


main(*sys.argv[1:])
