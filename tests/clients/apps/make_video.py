"""Makes a small video: a ball that rolls from left to right for a second.

python make_video.py FILE
"""

import sys

import cv2
import numpy as np

FRAMES_PER_SECOND = 10
SIDE = 192

video = cv2.VideoWriter(sys.argv[1], cv2.VideoWriter_fourcc(*"mp4v"), FRAMES_PER_SECOND, (SIDE, SIDE))
for number in range(FRAMES_PER_SECOND):
    frame = np.zeros((SIDE, SIDE, 3), np.uint8)
    cv2.circle(frame, (20 + 15 * number, SIDE // 2), 18, (0, 200, 255), -1)
    video.write(frame)
video.release()
