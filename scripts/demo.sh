#!/bin/sh
# The main job on real data: adapt a base to labelled texts, beside its rivals, then ask the result.
set -e
mkdir -p demo
for language in fr en; do
  printf '\n== Sections of Debian packages, %s ==\n' "$language"
  socle adapt "samples/debian-sections-$language/train.csv" \
    --test "samples/debian-sections-$language/test.csv" \
    --effort quick --out "demo/sections-$language.socle"
done
printf '\n== Requests to a town hall, in French ==\n'
socle adapt samples/demandes-fr.csv --effort quick --out demo/demandes-fr.socle
printf '\n'
socle predict demo/demandes-fr.socle \
  "Le trottoir est défoncé devant chez moi." \
  "Comment inscrire ma fille à la cantine ?" \
  "Je voudrais un extrait de mon acte de naissance."
printf '\n== Papers ==\n'
socle read samples/papers --out demo/papers.csv
socle read samples/papers/releve.pdf
