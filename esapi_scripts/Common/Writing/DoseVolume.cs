namespace EsapiBridge.Scripts
{
    /// <summary>A dose on a lattice, Gy: what a result holds and what is written to Eclipse.</summary>
    public sealed class DoseVolume
    {
        /// <summary>Wraps values in the order (k, j, i).</summary>
        public DoseVolume(float[] gy, Lattice lattice)
        {
            Gy = gy;
            Lattice = lattice;
        }

        /// <summary>Dose in Gy, (k, j, i) in C order.</summary>
        public float[] Gy { get; private set; }

        /// <summary>Where the voxels lie.</summary>
        public Lattice Lattice { get; private set; }
    }
}
