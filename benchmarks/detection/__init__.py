"""How well speech is found: labelled sets, each made from a seed, four detectors, two tables.

``python -m benchmarks.detection [--quick] [--set evaluation|second-former|former|tuning] [--json FILE]``

Definitions, which hold for every detector alike. Times are seconds of the stream.

* **Truth** comes from the speech before anything was added to it. A frame of 10 ms is active where its energy is
  within 35 dB of the loud frames (95th percentile) of its utterance; pauses of up to 100 ms between active frames are
  active too. An utterance lasts from its first to its last active frame. Pauses inside an utterance of ``silence`` or
  longer would make two of it; the texts have none.
* **Turns** are what a detector with ``prefix`` 100 ms and ``silence`` 500 ms tells: a start and an end, each at the
  moment it was decided. Detectors that only judge frames (webrtcvad, Silero) are given our own ``Turns``, with the
  same settings, each with the ``blip`` and ``patience`` that suit it best on the tuning set.
* **A turn matches an utterance** when its start is decided between 50 ms before the utterance begins and 400 ms
  after, and its end, less ``silence``, between 250 ms before the utterance ends and 400 ms after. A turn that was cut
  into two, that began in the noise before, or that runs on into the noise matches nothing.
* **F1 of segments**: 2 x matches / (utterances + turns). **F1 of frames**: the same of 10 ms frames, the detector's
  frames (not its turns) against the active ones, over all streams.
* **Start, end**: from the begin (end) of an utterance to the decision; median and 95th percentile over the utterances
  that had a start decided between 50 ms before their begin and their end (an end between 250 ms before their end and
  the next begin).
* **Missed**: no turn touches the utterance. **Swallowed**: a turn was already under way when it began, so that
  nothing marks its begin. **Glued**: no end between it and the next utterance. **Cut**: an end was decided more than
  50 ms before its end.
* **False starts an hour**: beside speech, starts more than 50 ms before an utterance and after the end of the one
  before, an hour of all streams with speech; in noise alone, all starts.
* **us per 20 ms**: of CPU, fed 20 ms at a time (Silero takes 32), one stream of the set, best of five.
"""
