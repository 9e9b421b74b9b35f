namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Sense of an objective; names and order as documented (15.6), numbers assumed.</summary>
    public enum OptimizationObjectiveOperator
    {
        /// <summary>Less than.</summary>
        Upper = 0,
        /// <summary>Greater or equal.</summary>
        Lower = 1,
        /// <summary>Target.</summary>
        Exact = 2,
        /// <summary>None.</summary>
        None = 99
    }

    /// <summary>Where an optimisation begins.</summary>
    public enum OptimizationOption
    {
        /// <summary>Existing fluences are removed first.</summary>
        RestartOptimization,
        /// <summary>Existing fluences are the start.</summary>
        ContinueOptimization,
        /// <summary>A valid plan dose is the intermediate dose.</summary>
        ContinueOptimizationWithPlanDoseAsIntermediateDose
    }

    /// <summary>Whether a dose is calculated on the way.</summary>
    public enum OptimizationIntermediateDoseOption
    {
        /// <summary>None.</summary>
        NoIntermediateDose,
        /// <summary>One.</summary>
        UseIntermediateDose
    }

    /// <summary>When an optimisation ends.</summary>
    public enum OptimizationConvergenceOption
    {
        /// <summary>After the stated number of iterations.</summary>
        NoEarlyTermination,
        /// <summary>Earlier if converged.</summary>
        TerminateIfConverged
    }

    /// <summary>What options of all optimisations have.</summary>
    public abstract class OptimizationOptionsBase
    {
        internal OptimizationOptionsBase(
            OptimizationOption start, OptimizationIntermediateDoseOption intermediateDose, string mlcId)
        {
            StartOption = start;
            IntermediateDoseOption = intermediateDose;
            MLC = mlcId;
        }

        /// <summary>The MLC; "" where there is exactly one.</summary>
        public string MLC { get; private set; }

        /// <summary>Where it begins.</summary>
        public OptimizationOption StartOption { get; private set; }

        /// <summary>Whether a dose is calculated on the way.</summary>
        public OptimizationIntermediateDoseOption IntermediateDoseOption { get; private set; }
    }

    /// <summary>Options of an IMRT optimisation; constructors of 15.6.</summary>
    public class OptimizationOptionsIMRT : OptimizationOptionsBase
    {
        /// <summary>With an intermediate dose after a number of steps.</summary>
        public OptimizationOptionsIMRT(
            int maxIterations, OptimizationOption initialState, int numberOfStepsBeforeIntermediateDose,
            OptimizationConvergenceOption convergenceOption, string mlcId)
            : base(initialState, OptimizationIntermediateDoseOption.UseIntermediateDose, mlcId)
        {
            MaximumNumberOfIterations = maxIterations;
            NumberOfStepsBeforeIntermediateDose = numberOfStepsBeforeIntermediateDose;
            ConvergenceOption = convergenceOption;
        }

        /// <summary>With or without an intermediate dose.</summary>
        public OptimizationOptionsIMRT(
            int maxIterations, OptimizationOption initialState, OptimizationConvergenceOption convergenceOption,
            OptimizationIntermediateDoseOption intermediateDoseOption, string mlcId)
            : base(initialState, intermediateDoseOption, mlcId)
        {
            MaximumNumberOfIterations = maxIterations;
            ConvergenceOption = convergenceOption;
        }

        /// <summary>Without an intermediate dose.</summary>
        public OptimizationOptionsIMRT(
            int maxIterations, OptimizationOption initialState, OptimizationConvergenceOption convergenceOption, string mlcId)
            : this(maxIterations, initialState, convergenceOption, OptimizationIntermediateDoseOption.NoIntermediateDose, mlcId)
        {
        }

        /// <summary>When it ends.</summary>
        public OptimizationConvergenceOption ConvergenceOption { get; private set; }

        /// <summary>Steps before the intermediate dose.</summary>
        public int NumberOfStepsBeforeIntermediateDose { get; private set; }

        /// <summary>Most iterations.</summary>
        public int MaximumNumberOfIterations { get; private set; }
    }

    /// <summary>Options of a VMAT optimisation; constructors of 15.6.</summary>
    public class OptimizationOptionsVMAT : OptimizationOptionsBase
    {
        /// <summary>From a given start.</summary>
        public OptimizationOptionsVMAT(OptimizationOption startOption, string mlcId)
            : base(startOption, OptimizationIntermediateDoseOption.NoIntermediateDose, mlcId)
        {
            NumberOfOptimizationCycles = 1;
        }

        /// <summary>One cycle, with or without an intermediate dose.</summary>
        public OptimizationOptionsVMAT(OptimizationIntermediateDoseOption intermediateDoseOption, string mlcId)
            : base(OptimizationOption.RestartOptimization, intermediateDoseOption, mlcId)
        {
            NumberOfOptimizationCycles = 1;
        }

        /// <summary>Several cycles.</summary>
        public OptimizationOptionsVMAT(int numberOfCycles, string mlcId)
            : base(OptimizationOption.RestartOptimization, OptimizationIntermediateDoseOption.UseIntermediateDose, mlcId)
        {
            NumberOfOptimizationCycles = numberOfCycles;
        }

        /// <summary>A copy.</summary>
        public OptimizationOptionsVMAT(OptimizationOptionsVMAT options)
            : base(options.StartOption, options.IntermediateDoseOption, options.MLC)
        {
            NumberOfOptimizationCycles = options.NumberOfOptimizationCycles;
        }

        /// <summary>Number of cycles.</summary>
        public int NumberOfOptimizationCycles { get; private set; }
    }
}
