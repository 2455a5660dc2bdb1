"""Off-screen 3D scene: slice walls, shadows, isosurfaces and camera, rendered by VTK, without Qt."""
