// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// Optimisation on this project's own optimiser (row 53). Documented (ESAPI 15.6): fluences that are there are removed
    /// or begun with, and afterwards the plan has no normalisation. That a failure shows as Success false is assumed.
    /// </summary>
    public partial class ExternalPlanSetup
    {
        private static readonly string[] KnownMlcs = { "MLC120", "HD120" };

        /// <summary>Optimises fluence in at most so many steps (ExternalPlanSetup.Optimize, ESAPI 15.6).</summary>
        public OptimizerResult Optimize(int maxIterations)
        {
            return Optimize(maxIterations, OptimizationOption.RestartOptimization, "");
        }

        /// <summary>Optimises fluence from a given start (ExternalPlanSetup.Optimize, ESAPI 15.6).</summary>
        public OptimizerResult Optimize(int maxIterations, OptimizationOption optimizationOption)
        {
            return Optimize(maxIterations, optimizationOption, "");
        }

        /// <summary>Optimises fluence from a given start, for an MLC (ExternalPlanSetup.Optimize, ESAPI 15.6).</summary>
        public OptimizerResult Optimize(int maxIterations, OptimizationOption optimizationOption, string mlcId)
        {
            return Fluence(maxIterations, optimizationOption, true, mlcId);
        }

        /// <summary>Optimises fluence in the optimiser's own number of steps (ExternalPlanSetup.Optimize, ESAPI 15.6).</summary>
        public OptimizerResult Optimize()
        {
            return Fluence(null, OptimizationOption.RestartOptimization, false, "");
        }

        /// <summary>
        /// Optimises fluence (ExternalPlanSetup.Optimize, ESAPI 15.6). Intermediate doses are left out: optimiser and
        /// pencil beam are one engine.
        /// </summary>
        public OptimizerResult Optimize(OptimizationOptionsIMRT options)
        {
            if (options == null)
            {
                throw new ArgumentNullException("options");
            }
            return Fluence(options.MaximumNumberOfIterations, options.StartOption,
                options.ConvergenceOption == OptimizationConvergenceOption.TerminateIfConverged, options.MLC);
        }

        /// <summary>Optimises VMAT arcs (ExternalPlanSetup.OptimizeVMAT, ESAPI 15.6).</summary>
        public OptimizerResult OptimizeVMAT()
        {
            return OptimizeVMAT("");
        }

        /// <summary>Optimises VMAT arcs, for an MLC (ExternalPlanSetup.OptimizeVMAT, ESAPI 15.6).</summary>
        public OptimizerResult OptimizeVMAT(string mlcId)
        {
            return OptimizeVMAT(new OptimizationOptionsVMAT(OptimizationOption.RestartOptimization, mlcId));
        }

        /// <summary>
        /// Optimises VMAT arcs (ExternalPlanSetup.OptimizeVMAT, ESAPI 15.6): fluences of sectors of the arcs, and leaves by a
        /// simple sequencer, not VMAT's optimisation of apertures. Another cycle, as an intermediate dose, would change
        /// nothing; leaves that are there cannot be begun with.
        /// </summary>
        public OptimizerResult OptimizeVMAT(OptimizationOptionsVMAT options)
        {
            if (options == null)
            {
                throw new ArgumentNullException("options");
            }
            Writing();
            RequireMlc(options.MLC);
            if (options.NumberOfOptimizationCycles < 1)
            {
                throw new ArgumentException("expected at least one cycle");
            }
            if (options.StartOption != OptimizationOption.RestartOptimization)
            {
                throw new NotSupportedException("not in the mock: OptimizeVMAT that begins with earlier leaves");
            }
            return new OptimizerResult(this, EsapiBridge.Mock.Optimisation.Arcs(Patients.Database, Self));
        }

        /// <summary>Not in the mock.</summary>
        public CalculationResult CalculateDVHEstimates(
            string modelId, Dictionary<string, DoseValue> targetDoseLevels, Dictionary<string, string> structureMatches)
        {
            throw new NotSupportedException("not in the mock: CalculateDVHEstimates");
        }

        private OptimizerResult Fluence(int? iterations, OptimizationOption start, bool untilConverged, string mlcId)
        {
            Writing();
            RequireMlc(mlcId);
            if (iterations < 1)
            {
                throw new ArgumentException("expected at least one iteration");
            }
            bool goOn = start != OptimizationOption.RestartOptimization;
            return new OptimizerResult(this, EsapiBridge.Mock.Optimisation.Fluence(Patients.Database, Self, iterations, untilConverged, goOn));
        }

        private void RequireMlc(string mlcId)
        {
            if (!string.IsNullOrEmpty(mlcId) && !KnownMlcs.Contains(mlcId))
            {
                throw new ArgumentException("expected an MLC of the machine, " + string.Join(" or ", KnownMlcs) + ", or none");
            }
        }
    }
}
