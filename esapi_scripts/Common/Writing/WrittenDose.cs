using System.Globalization;

namespace EsapiBridge.Scripts
{
    /// <summary>What reading an evaluation dose back showed.</summary>
    public sealed class WrittenDose
    {
        /// <summary>Largest difference between what was to be written and what Eclipse holds, Gy.</summary>
        public double MaximumDeviationGy { get; set; }

        /// <summary>Mean of the absolute differences, Gy.</summary>
        public double MeanDeviationGy { get; set; }

        /// <summary>One count of the integers in which Eclipse stores the dose, Gy.</summary>
        public double CountGy { get; set; }

        /// <summary>Whether Eclipse's voxels are the result's own, so that nothing was interpolated.</summary>
        public bool IsCopy { get; set; }

        /// <summary>The largest dose of the result that lies outside Eclipse's grid, Gy.</summary>
        public double OutsideGy { get; set; }

        /// <summary>The figures in words.</summary>
        public override string ToString()
        {
            return string.Format(
                CultureInfo.InvariantCulture,
                "Read back: largest deviation {0:0.000000} Gy, mean {1:0.000000} Gy (one count is {2:0.000000} Gy).{3}{4}",
                MaximumDeviationGy,
                MeanDeviationGy,
                CountGy,
                IsCopy ? "" : " The dose was interpolated to Eclipse's grid.",
                OutsideGy > 0
                    ? string.Format(CultureInfo.InvariantCulture, " Outside Eclipse's grid: up to {0:0.000} Gy.", OutsideGy)
                    : "");
        }
    }
}
