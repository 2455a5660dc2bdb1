"""Images in world space: reading, writing, resampling, thresholds and clusters."""
