"""The box: walls, shadows, bodies and camera, rendered off-screen. Knows VTK and no Qt."""
