"""From a raw reply to statements: markup, reasoning, grader talk and echo set apart, retractions and final markers found."""
