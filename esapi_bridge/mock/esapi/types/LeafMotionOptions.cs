namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Options of the Varian Leaf Motion Calculator.</summary>
    public class LMCVOptions
    {
        /// <summary>Makes the options.</summary>
        public LMCVOptions(bool fixedJaws)
        {
            FixedJaws = fixedJaws;
        }

        /// <summary>Whether the jaws stay where they are.</summary>
        public bool FixedJaws { get; private set; }
    }

    /// <summary>Options of the Varian Smart Leaf Motion Calculator.</summary>
    public class SmartLMCOptions
    {
        /// <summary>Makes the options.</summary>
        public SmartLMCOptions(bool fixedFieldBorders, bool jawTracking)
        {
            FixedFieldBorders = fixedFieldBorders;
            JawTracking = jawTracking;
        }

        /// <summary>Whether the field's borders stay where they are.</summary>
        public bool FixedFieldBorders { get; private set; }

        /// <summary>Whether the jaws follow the leaves.</summary>
        public bool JawTracking { get; private set; }
    }

    /// <summary>Options of the multiple static segments Leaf Motion Calculator.</summary>
    public class LMCMSSOptions
    {
        /// <summary>Makes the options.</summary>
        public LMCMSSOptions(int numberOfIterations)
        {
            NumberOfIterations = numberOfIterations;
        }

        /// <summary>Number of iterations.</summary>
        public int NumberOfIterations { get; private set; }
    }
}
